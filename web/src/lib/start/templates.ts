// Pipeline files to start from. Each is taken by the server as it stands.

export interface Template {
  id: string;
  name: string;
  note: string;
  text: string;
}

const on = `on:
  push:
  pull_request:
  manual:
`;

export const templates: readonly Template[] = [
  {
    id: 'cpp',
    name: 'C++ with CMake',
    note: 'build, ctest',
    text: `name: build
${on}
jobs:
  build:
    image: gcc:14
    steps:
      - run: apt-get update && apt-get install -y --no-install-recommends cmake ninja-build
      - run: cmake -B build -G Ninja -DCMAKE_BUILD_TYPE=Release && cmake --build build
      - run: ctest --test-dir build --output-on-failure
`
  },
  {
    id: 'node',
    name: 'Node',
    note: 'install, test',
    text: `name: test
${on}
jobs:
  test:
    matrix: {node: [20, 22]}
    image: "node:\${{ matrix.node }}"
    steps:
      - run: npm ci
      - run: npm test
`
  },
  {
    id: 'go',
    name: 'Go',
    note: 'vet, test, build',
    text: `name: test
${on}
jobs:
  test:
    image: golang:1.25
    steps:
      - run: go vet ./...
      - run: go test ./...
      - run: go build ./...
`
  },
  {
    id: 'python',
    name: 'Python',
    note: 'install, pytest',
    text: `name: test
${on}
jobs:
  test:
    image: python:3.13
    steps:
      - run: pip install -r requirements.txt pytest
      - run: pytest
`
  },
  {
    id: 'script',
    name: 'Just a script',
    note: 'without an image',
    text: `name: hello
${on}
defaults: {executor: sandbox}
jobs:
  hello:
    steps:
      - run: echo "Hello from $(uname -n)"
`
  }
];

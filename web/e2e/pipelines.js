// The repositories of the browser tests: what people have, and what they should not have but do.

const long = 'a-name-that-goes-on-and-on-'.repeat(8).slice(0, 200);

const api = ({ fail = false, slow = 0.4, lint = false } = {}) => `name: ci
on: [push, manual]
inputs:
  target: {type: choice, options: [staging, production], default: staging, description: "Where the packages go"}
  dry_run: {type: boolean, default: true, description: "Build everything, publish nothing"}
  shards: {type: number, default: 4}
  note: {type: string, required: true, pattern: '^[a-z ]+$', description: "Shown in the release notes"}
defaults: {executor: shell}
jobs:
  changes:
    checkout: false
    steps: [{name: list what changed, run: "sleep 0.2; echo 'src/ledger.cc'"}]
  build:
    needs: changes
    checkout: false
    matrix: {target: [linux-amd64, linux-arm64, macos, windows]}
    steps:
      - {name: configure, run: "echo configuring"}
      - {name: compile, run: "sleep ${slow}; echo compiled"}
  lint:
    needs: changes
    checkout: false
    allow_failure: true
    steps: [{name: clang-tidy, run: "echo 'src/ledger.cc:214:5: warning: narrowing conversion [bugprone]'; ${lint ? 'exit 1' : 'true'}"}]
  docs-site:
    needs: changes
    checkout: false
    if: git.branch == 'docs'
    steps: [{run: "true"}]
  unit:
    needs: build
    checkout: false
    matrix: {part: [ledger, rates, transfers]}
    steps: [{run: "sleep 0.3; echo ok"}]
  integration:
    needs: build
    checkout: false
    matrix:
      fail_fast: false
      database: ['postgres:16', 'postgres:17', 'mariadb:11']
      arch: [amd64, arm64]
    env: {DATABASE: "\${{ matrix.database }}", ARCH: "\${{ matrix.arch }}"}
    steps:
      - {name: start the database, run: "echo ready"}
      - name: Run integration tests
        run: |
          for suite in Currency Rates Transfers Statements; do
            printf '\\033[32m[----------]\\033[0m 12 tests from %s\\n' "$suite"
            for test in Parses Rounds Converts Sorts Merges Splits Prints Refuses Keeps Drops Joins Ends; do
              printf '\\033[32m[       OK ]\\033[0m %s.%s (%d ms)\\n' "$suite" "$test" "$((\${#test} * 3))"
            done
          done
          printf '\\033[32m[----------]\\033[0m 9 tests from LedgerRounding\\n'
          printf '\\033[32m[       OK ]\\033[0m LedgerRounding.KeepsScaleOfTheCurrency (3 ms)\\n'
          printf '\\033[33m[warn]\\033[0m pool: 48 of 64 connections in use, raising the soft limit\\n'
          printf '\\033[32m[ RUN      ]\\033[0m LedgerRounding.RefundsSplitAcrossCurrencies\\n'
          sleep 0.3
          ${
            fail
              ? `case "$DATABASE" in postgres:17) echo 'tests/integration/ledger_rounding_test.cc:214: error: Failure'; echo 'Expected equality of these values:'; echo '  refund.total().minor_units()'; echo '    Which is: 1998'; echo '  1999'; printf '\\033[31m[  FAILED  ]\\033[0m LedgerRounding.RefundsSplitAcrossCurrencies (3 ms)\\n'; exit 8;; esac`
              : 'echo ok'
          }
      - {name: Collect logs, if: always(), run: "echo collected"}
  package:
    needs: [integration, unit]
    checkout: false
    steps: [{run: "sleep 0.2; echo packed"}]
  deploy-production:
    needs: package
    checkout: false
    if: git.branch == 'release'
    steps: [{run: "true"}]
  cleanup:
    needs: [package]
    checkout: false
    if: always()
    steps: [{run: "echo cleaned"}]
`;

const shop = `name: متجر
on: [push, manual]
defaults: {executor: shell}
jobs:
  اختبار:
    checkout: false
    steps: [{name: تشغيل الاختبارات, run: "echo 'نجح'"}]
  🦊 firefox:
    name: "e2e · 🦊 firefox-esr"
    checkout: false
    steps: [{run: "echo ok"}]
`
  .replace('  🦊 firefox:', '  firefox:')
  .replace('  اختبار:', '  test:\n    name: اختبار');

const firmware = `name: bench
on: [push, manual]
defaults: {executor: shell}
jobs:
  build: {checkout: false, steps: [{run: "echo built"}]}
  flash:
    needs: build
    checkout: false
    runs_on: [hil-rig-3, linux]
    steps: [{run: "true"}]
`;

const ugly = `name: "${long}"
on: [push, manual]
defaults: {executor: shell}
jobs:
  ${long.slice(0, 60)}:
    name: "${long}"
    checkout: false
    steps: [{name: "<img src=x onerror=alert(1)> ${long.slice(0, 160)}", run: "echo \\"<script>alert(1)</script>\\""}]
  xss:
    name: "<script>alert(document.domain)</script>"
    needs: ${long.slice(0, 60)}
    checkout: false
    steps: [{run: "echo error: broken; exit 3"}]
  rtl:
    name: "שלום evil 🦀 العالم"
    checkout: false
    steps: [{run: "true"}]
`;

const wide = `name: conformance
on: [push, manual]
defaults: {executor: shell}
jobs:
  prepare: {checkout: false, steps: [{run: "true"}]}
  conformance:
    needs: prepare
    checkout: false
    matrix: {case: [${Array.from({ length: 150 }, (_, i) => `c${i + 1}`).join(', ')}], fail_fast: false}
    env: {CASE: "\${{ matrix.case }}"}
    steps: [{run: '[ "$CASE" != c77 ]'}]
  fuzz:
    needs: prepare
    checkout: false
    matrix: {seed: [${Array.from({ length: 150 }, (_, i) => i + 1).join(', ')}]}
    steps: [{run: "true"}]
  report: {needs: [conformance, fuzz], if: always(), checkout: false, steps: [{run: "true"}]}
`;

const live = `name: nightly
on:
  push:
  manual:
  schedule:
    - {cron: "H 2 * * 1-5", timezone: Europe/Berlin}
    - {cron: "0 6 * * 0"}
defaults: {executor: shell}
jobs:
  build: {checkout: false, steps: [{run: "echo built"}]}
  test:
    needs: build
    checkout: false
    # These keep the agents of the pool busy for as long as the tests last.
    runs_on: [pool=large]
    matrix: {shard: [1, 2, 3, 4]}
    steps: [{name: run tests, run: "for i in $(seq 3600); do echo line $i; sleep 1; done"}]
  soak:
    needs: build
    checkout: false
    runs_on: [bench-rig]
    steps: [{run: "true"}]
  package: {needs: [test], checkout: false, steps: [{run: "true"}]}
  publish: {needs: [package, soak], checkout: false, steps: [{run: "true"}]}
`;

const file = (text) => ({ '.open-cicd.yml': text });
const branch = 'feat/ledger-half-even-rounding-for-multi-currency-refunds-v2';

export const repositories = [
  {
    name: 'lighthouse/beacon-api',
    inputs: { note: 'the first' },
    commits: [
      { title: 'Raise the pool to 48', files: file(api()) },
      { title: 'docs: how scale-zero currencies round', author: 'tomo', files: file(api({ lint: true })) },
      { title: 'Checkout: split shipping address form', author: 'Sel Erdem', files: file(api({ slow: 0.9 })) },
      { title: 'Merge pull request !428 from kelp/fix/דף-תשלום-rtl-layout', author: 'tomo', files: file(api()) },
      {
        title: 'Round half-even when a refund spans currencies',
        branch,
        files: file(api({ fail: true, lint: true, slow: 1.5 }))
      }
    ]
  },
  {
    name: 'kelp/متجر-الويب',
    commits: [{ title: 'إصلاح: اتجاه النص في صفحة الدفع', author: 'Rana', files: file(shop) }]
  },
  {
    name: 'demo/🦀-playground',
    commits: [{ title: `${long} 🎉`, branch: undefined, author: long, files: file(ugly) }]
  },
  { name: 'lighthouse/conformance', commits: [{ title: 'Three hundred cases', files: file(wide) }] },
  {
    name: 'lighthouse/tide-firmware',
    commits: [
      { title: 'Flash the bench and run smoke tests on hardware', author: 'abo', leave: true, files: file(firmware) }
    ]
  },
  {
    name: 'lighthouse/infrastructure-modules-eu-central-staging',
    commits: [{ title: 'Nightly against postgres:18-beta', author: 'deps-bot', leave: true, files: file(live) }]
  }
];

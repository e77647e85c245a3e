import { describe, expect, test } from 'vitest';
import { columnGap, layout, nodeWidth, portY, related, rowGap, type LayoutNode } from './layout';

const node = (id: string, needs: string[] = [], height = 52): LayoutNode => ({ id, needs, height });
const column = nodeWidth + columnGap;

function randomGraph(count: number, seed: number): LayoutNode[] {
  let state = seed;
  const next = () => (state = (state * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
  return Array.from({ length: count }, (_, i) => {
    const needs = Array.from({ length: Math.floor(next() * 4) }, () => `n${Math.floor(next() * i)}`);
    return node(`n${i}`, i === 0 ? [] : needs, 52 + Math.floor(next() * 80));
  });
}

describe('layout', () => {
  test('of nothing is empty', () => {
    expect(layout([])).toMatchObject({ nodes: [], edges: [], width: 0, height: 0 });
  });

  test('a job stands in the column behind the last of what it needs', () => {
    const { nodes } = layout([node('a'), node('b', ['a']), node('c', ['a', 'b']), node('d')]);
    expect(nodes.map(({ id, x }) => [id, x])).toEqual([
      ['a', 0],
      ['b', column],
      ['c', 2 * column],
      ['d', 0]
    ]);
  });

  test('a chain is one straight line', () => {
    const { edges, nodes } = layout([node('a'), node('b', ['a'], 120), node('c', ['b'])]);
    expect(new Set(nodes.map(({ y }) => y)).size).toBe(1);
    expect(edges.map(({ path }) => path)).toEqual([
      `M${nodeWidth} ${portY}H${column}`,
      `M${column + nodeWidth} ${portY}H${2 * column}`
    ]);
  });

  test('an edge that follows from others is not drawn', () => {
    const { edges } = layout([node('a'), node('b', ['a']), node('c', ['a', 'b'])]);
    expect(edges.map(({ from, to }) => `${from}${to}`)).toEqual(['ab', 'bc']);
  });

  test('an edge over several columns passes between the nodes of them', () => {
    const nodes = [node('a'), node('b', ['a']), node('c', ['b']), node('d'), node('e', ['c', 'd'])];
    const { edges, nodes: placed } = layout(nodes);
    const long = edges.find(({ from, to }) => from === 'd' && to === 'e')!;
    const levels = [...long.path.matchAll(/V([\d.]+)|M[\d.]+ ([\d.]+)/g)].map((match) => Number(match[1] ?? match[2]));
    for (const { id, y, height } of placed.filter(({ id }) => id === 'b' || id === 'c')) {
      for (const level of levels.slice(0, 2)) {
        expect(level < y || level > y + height, `${id} at ${y}, edge at ${level}`).toBe(true);
      }
    }
  });

  test('needs that are not there, doubled, or of itself are passed over', () => {
    const { edges } = layout([node('a', ['a', 'missing']), node('b', ['a', 'a'])]);
    expect(edges).toHaveLength(1);
  });

  test('a circle does not hang', () => {
    expect(layout([node('a', ['b']), node('b', ['a'])]).nodes).toHaveLength(2);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])('nodes never overlap, and every edge goes forward (graph %i)', (seed) => {
    const { nodes, layers, edges, height } = layout(randomGraph(40, seed));
    const byId = new Map(nodes.map((one) => [one.id, one]));
    for (const layer of layers) {
      for (let i = 1; i < layer.length; i++) {
        const above = byId.get(layer[i - 1]!)!;
        expect(byId.get(layer[i]!)!.y).toBeGreaterThanOrEqual(above.y + above.height + rowGap - 1 - 2);
      }
    }
    for (const { from, to } of edges) expect(byId.get(from)!.x).toBeLessThan(byId.get(to)!.x);
    expect(Math.min(...nodes.map(({ y }) => y))).toBeGreaterThanOrEqual(0);
    expect(Math.max(...nodes.map((one) => one.y + one.height))).toBeLessThanOrEqual(height);
  });

  test('three hundred nodes take less than a frame or two', () => {
    const graph = randomGraph(300, 7);
    layout(graph);
    const before = performance.now();
    layout(graph);
    expect(performance.now() - before).toBeLessThan(200);
  });
});

test('related are all that lead to a node and all that it leads to', () => {
  const { edges } = layout([node('a'), node('b', ['a']), node('c', ['b']), node('x', ['a']), node('d', ['c'])]);
  expect([...related(edges, 'b')].sort()).toEqual(['a', 'b', 'c', 'd']);
});

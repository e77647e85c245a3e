// Places the jobs of a run: in columns by what they need, in an order with few crossings, and each as near to its
// neighbours as the others allow. Pure: sizes in, places and paths out.

export interface LayoutNode {
  id: string;
  height: number;
  /** Ids; those that are not there are passed over. */
  needs: readonly string[];
}

export interface Placed {
  id: string;
  x: number;
  y: number;
  height: number;
  /** Its column, and its place in it. */
  layer: number;
  row: number;
}

export interface Edge {
  from: string;
  to: string;
  /** SVG path data. */
  path: string;
}

export interface Layout {
  nodes: Placed[];
  edges: Edge[];
  /** Ids by columns, from top to bottom. */
  layers: string[][];
  width: number;
  height: number;
}

export const nodeWidth = 192;
export const columnGap = 38;
export const rowGap = 18;
/** Edges meet a node at the height of its first lines, so that a tall one does not bend them. */
export const portY = 26;
/** What an edge needs that passes through a column. */
const laneHeight = 10;
const laneGap = 8;
const corner = 8;
const sweeps = 8;

interface Item {
  /** undefined: a lane of an edge that goes on to a later column. */
  node?: LayoutNode;
  layer: number;
  height: number;
  port: number;
  before: Item[];
  after: Item[];
  order: number;
  y: number;
}

export function layout(nodes: readonly LayoutNode[]): Layout {
  const byId = new Map<string, Item>();
  for (const node of nodes) {
    byId.set(node.id, { node, layer: 0, height: node.height, port: portY, before: [], after: [], order: 0, y: 0 });
  }
  const needs = reduced(nodes, byId);
  rank(nodes, needs, byId);
  const columns = Math.max(-1, ...[...byId.values()].map((item) => item.layer)) + 1;
  const layers: Item[][] = Array.from({ length: columns }, () => []);
  for (const item of byId.values()) layers[item.layer]!.push(item);
  const chains = connect(needs, byId, layers);
  for (const layer of layers) layer.forEach((item, i) => (item.order = i));
  orderLayers(layers);
  placeLayers(layers);

  const height = Math.max(0, ...layers.flat().map((item) => item.y + item.height));
  const placed = nodes.map((node): Placed => {
    const item = byId.get(node.id)!;
    const row = layers[item.layer]!.filter((one) => one.node).indexOf(item);
    return { id: node.id, x: columnX(item.layer), y: item.y, height: item.height, layer: item.layer, row };
  });
  return {
    nodes: placed,
    edges: chains.map(({ from, to, chain }) => ({ from, to, path: pathOf(chain) })),
    layers: layers.map((layer) => layer.flatMap((item) => item.node?.id ?? [])),
    width: layers.length === 0 ? 0 : columnX(layers.length - 1) + nodeWidth,
    height
  };
}

const columnX = (layer: number) => layer * (nodeWidth + columnGap);

/** What each needs, without what follows from the rest: if c needs b and b needs a, no line from a to c is drawn. */
function reduced(nodes: readonly LayoutNode[], byId: ReadonlyMap<string, Item>): Map<string, string[]> {
  const needs = new Map(
    nodes.map((node) => [node.id, [...new Set(node.needs)].filter((id) => id !== node.id && byId.has(id))])
  );
  const ancestors = new Map<string, Set<string>>();
  const ancestorsOf = (id: string): Set<string> => {
    const known = ancestors.get(id);
    if (known) return known;
    const all = new Set<string>();
    // It is there before it is whole, so that a circle ends; the server lets none through.
    ancestors.set(id, all);
    for (const need of needs.get(id) ?? []) {
      all.add(need);
      for (const further of ancestorsOf(need)) all.add(further);
    }
    return all;
  };
  return new Map(
    [...needs].map(([id, direct]) => [
      id,
      direct.filter((need) => !direct.some((other) => other !== need && ancestorsOf(other).has(need)))
    ])
  );
}

/** The column of each: one behind the last of what it needs. */
function rank(nodes: readonly LayoutNode[], needs: ReadonlyMap<string, string[]>, byId: ReadonlyMap<string, Item>) {
  const done = new Set<string>();
  const visit = (id: string, path: ReadonlySet<string>): number => {
    const item = byId.get(id)!;
    if (done.has(id) || path.has(id)) return item.layer;
    const further = new Set(path).add(id);
    for (const need of needs.get(id) ?? []) item.layer = Math.max(item.layer, visit(need, further) + 1);
    done.add(id);
    return item.layer;
  };
  for (const node of nodes) visit(node.id, new Set());
}

interface Chain {
  from: string;
  to: string;
  chain: Item[];
}

/** Edges that pass columns get a lane in each of them. */
function connect(needs: ReadonlyMap<string, string[]>, byId: ReadonlyMap<string, Item>, layers: Item[][]): Chain[] {
  const chains: Chain[] = [];
  for (const [to, froms] of needs) {
    for (const from of froms) {
      const start = byId.get(from)!;
      const end = byId.get(to)!;
      if (start.layer >= end.layer) continue;
      const chain = [start];
      for (let layer = start.layer + 1; layer < end.layer; layer++) {
        const lane: Item = {
          layer,
          height: laneHeight,
          port: laneHeight / 2,
          before: [],
          after: [],
          order: 0,
          y: 0
        };
        layers[layer]!.push(lane);
        chain.push(lane);
      }
      chain.push(end);
      for (let i = 1; i < chain.length; i++) {
        chain[i - 1]!.after.push(chain[i]!);
        chain[i]!.before.push(chain[i - 1]!);
      }
      chains.push({ from, to, chain });
    }
  }
  return chains;
}

/** Each goes where its neighbours are on average; back and forth, the crossings become few. */
function orderLayers(layers: Item[][]) {
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const forth = sweep % 2 === 0;
    for (const layer of forth ? layers : [...layers].reverse()) {
      const place = new Map(
        layer.map((item) => {
          const neighbours = forth ? item.before : item.after;
          return [item, neighbours.length ? mean(neighbours.map((one) => one.order)) : item.order];
        })
      );
      layer.sort((a, b) => place.get(a)! - place.get(b)!);
      layer.forEach((item, i) => (item.order = i));
    }
  }
}

function placeLayers(layers: Item[][]) {
  for (const layer of layers) {
    let y = 0;
    for (const [i, item] of layer.entries()) {
      if (i > 0) y += gapBetween(layer[i - 1]!, item);
      item.y = y;
      y += item.height;
    }
  }
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const forth = sweep % 2 === 0;
    for (const layer of forth ? layers : [...layers].reverse()) {
      spread(layer, (item) => {
        const neighbours = forth ? item.before : item.after;
        const all = neighbours.length ? neighbours : [...item.before, ...item.after];
        return all.length ? mean(all.map((one) => one.y + one.port)) - item.port : item.y;
      });
    }
  }
  const top = Math.min(...layers.flat().map((item) => item.y));
  for (const item of layers.flat()) item.y = Math.round(item.y - top);
}

const gapBetween = (above: Item, below: Item) => (above.node && below.node ? rowGap : laneGap);

/**
 * As near to where each wants to be as their order and gaps allow, in the sum of squares: isotonic regression by pooling
 * adjacent violators.
 */
function spread(layer: Item[], wanted: (item: Item) => number) {
  interface Pool {
    sum: number;
    count: number;
  }
  const offsets: number[] = [];
  layer.forEach((item, i) => {
    const above = layer[i - 1];
    offsets.push(above ? offsets[i - 1]! + above.height + gapBetween(above, item) : 0);
  });
  const pools: Pool[] = [];
  layer.forEach((item, i) => {
    pools.push({ sum: wanted(item) - offsets[i]!, count: 1 });
    while (pools.length > 1) {
      const last = pools[pools.length - 1]!;
      const before = pools[pools.length - 2]!;
      if (before.sum / before.count <= last.sum / last.count) break;
      before.sum += last.sum;
      before.count += last.count;
      pools.pop();
    }
  });
  let i = 0;
  for (const { sum, count } of pools) {
    for (let k = 0; k < count; k++, i++) layer[i]!.y = sum / count + offsets[i]!;
  }
}

function pathOf(chain: readonly Item[]): string {
  let path = '';
  chain.forEach((item, i) => {
    const y = item.y + item.port;
    const left = columnX(item.layer);
    const above = chain[i - 1];
    if (above) path += bend(columnX(above.layer) + nodeWidth, above.y + above.port, left, y);
    if (i === 0) path += `M${left + nodeWidth} ${y}`;
    else if (i < chain.length - 1) path += `H${left + nodeWidth}`;
  });
  return path;
}

/** From the end of one column to the begin of the next, with round corners. */
function bend(x1: number, y1: number, x2: number, y2: number): string {
  const rise = y2 - y1;
  if (Math.abs(rise) < 1) return `H${x2}`;
  const middle = x1 + (x2 - x1) / 2;
  const radius = Math.min(corner, Math.abs(rise) / 2);
  const step = Math.sign(rise) * radius;
  return `H${middle - radius}Q${middle} ${y1} ${middle} ${y1 + step}V${y2 - step}Q${middle} ${y2} ${middle + radius} ${y2}H${x2}`;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** All that lead to a node, and all that it leads to, over any number of edges. */
export function related(edges: readonly Pick<Edge, 'from' | 'to'>[], id: string): ReadonlySet<string> {
  const found = new Set([id]);
  const walk = (from: string, next: (edge: Pick<Edge, 'from' | 'to'>) => [string, string]) => {
    for (const edge of edges) {
      const [here, there] = next(edge);
      if (here !== from || found.has(there)) continue;
      found.add(there);
      walk(there, next);
    }
  };
  walk(id, ({ from, to }) => [to, from]);
  walk(id, ({ from, to }) => [from, to]);
  return found;
}

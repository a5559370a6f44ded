/**
 * Heights for texts that want to stand at `wanted` (any order) at least `spacing` apart inside [low, high]:
 * neighbours that collide are moved apart evenly. Same order as given.
 */
export function spreadApart(wanted: readonly number[], spacing: number, low: number, high: number): number[] {
  const order = wanted.map((y, index) => ({ y, index })).sort((a, b) => a.y - b.y);
  let clusters: { middle: number; members: number[] }[] = [];
  for (const { y, index } of order) {
    clusters.push({ middle: y, members: [index] });
    clusters = mergeOverlapping(clusters, spacing, low, high);
  }
  const placed = new Array<number>(wanted.length).fill(0);
  for (const { middle, members } of clusters) {
    members.forEach((index, position) => {
      placed[index] = middle + (position - (members.length - 1) / 2) * spacing;
    });
  }
  return placed;
}

function mergeOverlapping(
  clusters: { middle: number; members: number[] }[],
  spacing: number,
  low: number,
  high: number,
): { middle: number; members: number[] }[] {
  const merged = clusters.slice();
  let last = clamped(merged.pop(), spacing, low, high);
  while (last !== undefined) {
    const before = merged.at(-1);
    if (before === undefined || top(last, spacing) - bottom(before, spacing) >= spacing) break;
    merged.pop();
    const size = before.members.length + last.members.length;
    const middle = (before.middle * before.members.length + last.middle * last.members.length) / size;
    last = clamped({ middle, members: [...before.members, ...last.members] }, spacing, low, high);
  }
  return last === undefined ? merged : [...merged, last];
}

function clamped(
  cluster: { middle: number; members: number[] } | undefined,
  spacing: number,
  low: number,
  high: number,
): { middle: number; members: number[] } | undefined {
  if (cluster === undefined) return undefined;
  const half = ((cluster.members.length - 1) / 2) * spacing;
  return { ...cluster, middle: Math.max(Math.min(cluster.middle, high - half), low + half) };
}

const top = (cluster: { middle: number; members: number[] }, spacing: number) =>
  cluster.middle - ((cluster.members.length - 1) / 2) * spacing;
const bottom = (cluster: { middle: number; members: number[] }, spacing: number) =>
  cluster.middle + ((cluster.members.length - 1) / 2) * spacing;

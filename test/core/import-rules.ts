import { posix } from 'node:path';
import ts from 'typescript';

/** The words of the wire: the protocol and what its types are made of. Browsers load them, so they import nothing else. */
const PROTOCOL = ['protocol', 'score', 'media', 'labels', 'time-grid'].map((name) => `src/core/${name}.ts`);

/** What the files of an area may import, besides packages: other areas, or single files. Every area may import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/streams': ['src/core'],
  'src/model': ['src/core'],
  'src/training': ['src/core', 'src/model'],
  // The one place that fetches weights: src/model itself knows no network.
  'src/pull': ['src/core', 'src/model'],
  'src/server': ['src/core', 'src/streams', 'src/model'],
  'src/client': PROTOCOL,
  // The benchmark also starts the program as a user does.
  'src/bench': [
    ...['src/core', 'src/streams', 'src/model', 'src/training', 'src/server', 'src/client'],
    'src/cli/main.ts',
  ],
  'src/cli': [
    'src/core',
    'src/streams',
    'src/model',
    'src/training',
    'src/pull',
    'src/server',
    'src/client',
    'src/bench',
  ],
  'src/index.ts': ['src/core', 'src/streams', 'src/model', 'src/training', 'src/server'],
  dashboard: [...PROTOCOL, 'src/client'],
};

/** One import that breaks a rule. */
export interface Violation {
  readonly file: string;
  readonly imported: string;
  readonly why: string;
}

/** Whether `path` is `place` or lies below it. */
function isWithin(path: string, place: string): boolean {
  return path === place || path.startsWith(`${place}/`);
}

function areaOf(path: string): string | undefined {
  return Object.keys(MAY_IMPORT).find((area) => isWithin(path, area));
}

/** Everything that a source file names as another module: imports, exports, types, and processes it starts. */
export function modulesNamedIn(file: string, text: string): string[] {
  const named = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const entries = [...text.matchAll(/processEntry\(\s*['"`]([^'"`]+)['"`]/g)].map(
    ([, name]) => `#process/${name}`,
  );
  return [...named, ...entries].flatMap((name) => {
    if (name.startsWith('.')) return [posix.join(posix.dirname(file), name.replace(/\.js$/, '.ts'))];
    if (name.startsWith('#process/')) return [`src/${name.slice('#process/'.length)}.ts`];
    if (name === 'evoked') return ['src/index.ts'];
    if (name === 'evoked/client') return ['src/client/index.ts'];
    return [];
  });
}

/** Holds one file of the repository against the rules. Paths are relative to its root, with forward slashes. */
export function checkImports(file: string, text: string): Violation[] {
  const area = areaOf(file);
  const allowed = PROTOCOL.includes(file) ? PROTOCOL : [area ?? '', ...(MAY_IMPORT[area ?? ''] ?? [])];
  if (area === undefined) {
    return [{ file, imported: '', why: 'belongs to no area: give it one in test/core/import-rules.ts' }];
  }
  return modulesNamedIn(file, text)
    .filter((imported) => !allowed.some((place) => isWithin(imported, place)))
    .map((imported) => ({ file, imported, why: `may import ${allowed.join(', ')} only` }));
}

/** Names that say nothing about what a file does. */
export function hasEmptyName(file: string): boolean {
  return /^(utils?|helpers?|misc|common)$/i.test(posix.parse(file).name.replace(/\.test$/, ''));
}

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkImports, hasEmptyName, modulesNamedIn } from './import-rules.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

function sourceFiles(folder: string): string[] {
  return readdirSync(`${ROOT}${folder}`, { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path.replaceAll('\\', '/')}`)
    .filter((path) => path.endsWith('.ts') && !/\/(node_modules|dist)\//.test(path));
}

const files = [...sourceFiles('src'), ...sourceFiles('dashboard')].filter(
  (file) => !file.endsWith('vite.config.ts'),
);

describe('the source tree', () => {
  it('imports one way', () => {
    expect(files.length).toBeGreaterThan(50);
    const violations = files.flatMap((file) => checkImports(file, readFileSync(`${ROOT}${file}`, 'utf8')));
    expect(violations).toEqual([]);
  });

  it('has no file with an empty name', () => {
    expect([...files, ...sourceFiles('test')].filter(hasEmptyName)).toEqual([]);
  });
});

describe('the checker', () => {
  const violations = (file: string, text: string): string[] =>
    checkImports(file, text).map(({ imported }) => imported);

  it.each([
    ['src/core/a.ts', `import { x } from '../streams/x.js';`, 'src/streams/x.ts'],
    ['src/streams/decode/a.ts', `import type { X } from '../../model/x.js';`, 'src/model/x.ts'],
    ['src/model/a.ts', `export { x } from '../streams/x.js';`, 'src/streams/x.ts'],
    ['src/model/a.ts', `export * from '../training/x.js';`, 'src/training/x.ts'],
    ['src/streams/a.ts', `const x = await import('../server/x.js');`, 'src/server/x.ts'],
    ['src/server/a.ts', `import '../cli/main.js';`, 'src/cli/main.ts'],
    ['src/server/a.ts', `import { train } from '../training/train.js';`, 'src/training/train.ts'],
    ['src/training/a.ts', `import { x } from '../streams/x.js';`, 'src/streams/x.ts'],
    ['src/model/a.ts', `import { x } from '../pull/x.js';`, 'src/pull/x.ts'],
    ['src/pull/a.ts', `import { x } from '../streams/x.js';`, 'src/streams/x.ts'],
    ['src/client/a.ts', `import { x } from '../core/config.js';`, 'src/core/config.ts'],
    ['dashboard/src/a.ts', `import { x } from '../../src/server/x.js';`, 'src/server/x.ts'],
    ['src/core/protocol.ts', `import { z } from './config.js';`, 'src/core/config.ts'],
    ['src/streams/a.ts', `fork(processEntry('model/worker'));`, 'src/model/worker.ts'],
    ['src/streams/a.ts', `type X = import('../model/x.js').X;`, 'src/model/x.ts'],
    ['src/streams/a.ts', `import { x } from 'evoked';`, 'src/index.ts'],
  ])('finds what is wrong with %s: %s', (file, text, imported) => {
    expect(violations(file, text)).toEqual([imported]);
  });

  it.each([
    ['src/streams/decode/a.ts', `import { x } from '../../core/x.js'; import { y } from '../wire/y.js';`],
    ['src/model/a.ts', `import { readFile } from 'node:fs/promises'; import ort from 'onnxruntime-node';`],
    ['src/training/a.ts', `import { x } from '../model/x.js';`],
    ['src/server/a.ts', `import { x } from '../model/x.js'; import { y } from '../streams/y.js';`],
    ['src/client/a.ts', `import type { X } from '../core/protocol.js';`],
    [
      'dashboard/src/a.ts',
      `import type { X } from '../../src/core/protocol.js'; import { c } from 'evoked/client';`,
    ],
    ['src/streams/a.ts', `// import { x } from '../model/x.js';`],
  ])('lets pass %s: %s', (file, text) => {
    expect(violations(file, text)).toEqual([]);
  });

  it('wants an area for every file', () => {
    expect(checkImports('src/extra/a.ts', '')).toHaveLength(1);
    expect(checkImports('src/coreless/a.ts', '')).toHaveLength(1);
  });

  it('resolves paths from the folder of the importing file', () => {
    expect(modulesNamedIn('src/a/b/c.ts', `import '../d.js'; import '../../e/f.js';`)).toEqual([
      'src/a/d.ts',
      'src/e/f.ts',
    ]);
  });

  it('knows empty names', () => {
    const names = [
      'src/a/utils.ts',
      'src/a/helper.ts',
      'src/misc.ts',
      'test/common.test.ts',
      'src/a/unit.ts',
    ];
    expect(names.map(hasEmptyName)).toEqual([true, true, true, true, false]);
  });
});

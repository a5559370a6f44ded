import type { z } from 'zod';
import { configSchema } from '../../core/config.js';

/** How the text of an environment variable becomes a value. */
export type LeafKind = 'text' | 'number' | 'boolean' | 'list' | 'sources';

/** One setting. */
export interface ConfigKey {
  /** For example ['segment', 'watermarkTimeoutMs']. */
  readonly path: readonly string[];
  /** For example EVOKED_SEGMENT_WATERMARK_TIMEOUT_MS. */
  readonly variable: string;
  readonly kind: LeafKind;
}

/** Every setting of `configSchema`, found by walking the schema. */
export const CONFIG_KEYS: readonly ConfigKey[] = keysOf(configSchema, []);

interface Definition {
  readonly type: string;
  readonly innerType?: z.core.$ZodType;
  readonly shape?: Readonly<Record<string, z.core.$ZodType>>;
}

function keysOf(schema: z.core.$ZodType, path: readonly string[]): ConfigKey[] {
  const { type, shape } = unwrap(schema);
  if (shape === undefined) return [{ path, variable: variableOf(path), kind: kindOf(type) }];
  return Object.entries(shape).flatMap(([key, inner]) => keysOf(inner, [...path, key]));
}

function unwrap(schema: z.core.$ZodType): Definition {
  const definition = schema._zod.def as Definition;
  return definition.innerType === undefined ? definition : unwrap(definition.innerType);
}

/** Upper snake case, levels joined by an underscore, all after EVOKED_. */
function variableOf(path: readonly string[]): string {
  const words = path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return ['EVOKED', ...words].join('_');
}

function kindOf(type: string): LeafKind {
  switch (type) {
    case 'number':
    case 'boolean':
      return type;
    case 'array':
      return 'list';
    case 'record':
      return 'sources';
    default:
      return 'text';
  }
}

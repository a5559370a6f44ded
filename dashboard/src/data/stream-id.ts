/** What the server accepts as an id. */
const MAX_ID_LENGTH = 64;

/** A free id for a stream of `url`, made of its scheme, host and last path part: never of its credentials or query. */
export function suggestStreamId(url: string, taken: ReadonlySet<string>): string {
  const bare = url
    .trim()
    .replace(/[?#].*$/, '')
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/]*@/i, '$1');
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(bare)?.[1]?.toLowerCase() ?? '';
  const parts = bare
    .replace(/^[a-z][a-z0-9+.-]*:(\/\/)?/i, '')
    .split('/')
    .filter((part) => part !== '');
  const last = (parts.at(-1) ?? '').replace(/\.[a-z0-9]{1,5}$/i, '');
  const words = scheme === 'film' || parts.length < 2 ? [scheme, last] : [last];
  const base =
    words
      .join('-')
      .replace(/[^a-zA-Z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '')
      .slice(0, MAX_ID_LENGTH - 5)
      .replace(/-+$/, '') || 'stream';
  return freeStreamId(base, taken);
}

/** `base`, or the first of `base-2`, `base-3` … that is free. */
export function freeStreamId(base: string, taken: ReadonlySet<string>): string {
  let id = base;
  for (let copy = 2; taken.has(id); copy++) id = `${base}-${copy}`;
  return id;
}

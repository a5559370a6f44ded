/** How a playlist of HLS begins; FFmpeg takes nothing else for one. */
export const PLAYLIST_START = '#EXTM3U';

/** Lines whose attributes may name an address. */
const WITH_ATTRIBUTES = /^(#EXT-X-[A-Z-]+:)(.*)$/s;

/** Key and value of an attribute as FFmpeg reads them: quotes and backslashes as in C, or up to a comma or blank. */
const ATTRIBUTE = /[ \t\v\f,]*([^=]*)=(?:"((?:\\.|[^"\\])*)"?|([^ \t\v\f,]*))/gsy;

/**
 * Puts what `replace` makes of it in the place of every address of a playlist. FFmpeg opens a playlist within a playlist by
 * whatever protocol its address names: it is to see none but those that were looked at, in a form that cannot be misread.
 * @param replace is given an address as it was written
 */
export function withAddresses(playlist: string, replace: (address: string) => string): string {
  // FFmpeg ends a line at each of these.
  return playlist
    .split(/[\n\r\0]/)
    .map((line) => {
      if (!line.startsWith('#')) return line.trim() === '' ? '' : replace(line);
      const [, tag, attributes] = WITH_ATTRIBUTES.exec(line) ?? [];
      if (tag === undefined || attributes === undefined || !attributes.includes('URI=')) return line;
      return tag + rewriteAttributes(attributes, replace);
    })
    .join('\n');
}

function rewriteAttributes(attributes: string, replace: (address: string) => string): string {
  const written: string[] = [];
  for (const [, key = '', quoted, bare = ''] of attributes.matchAll(ATTRIBUTE)) {
    const value = quoted === undefined ? bare : quoted.replace(/\\(.)/gs, '$1');
    const wanted = key === 'URI' && value !== '' ? replace(value) : value;
    written.push(`${key}="${wanted.replace(/["\\]/g, '\\$&')}"`);
  }
  return written.join(',');
}

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where this user's packs and downloads are kept: `EVOKED_HOME`, or `evoked` in the platform's folder for a user's data
 * (XDG on Linux, Application Support on macOS, LOCALAPPDATA on Windows). Need not exist.
 */
export function dataFolder(environment: Environment = process.env, platform = process.platform): string {
  const given = (name: string): string | undefined => environment[name] || undefined;
  const own = given('EVOKED_HOME');
  if (own !== undefined) return resolve(own);
  switch (platform) {
    case 'win32':
      return join(given('LOCALAPPDATA') ?? join(homedir(), 'AppData', 'Local'), 'evoked');
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'evoked');
    default:
      return join(given('XDG_DATA_HOME') ?? join(homedir(), '.local', 'share'), 'evoked');
  }
}

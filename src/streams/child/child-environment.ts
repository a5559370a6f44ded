import { schemeOf } from '../source/source-schemes.js';

/** Where libraries that Node.js itself is linked to may lie. Windows adds by itself what its loader needs. */
const FOR_THE_LOADER: readonly string[] = ['LD_LIBRARY_PATH'];

/** What libraries of cameras, sound and screens look up: the X server and its key, the sound server, the user's settings. */
const FOR_DEVICES: readonly string[] = ['DISPLAY', 'XAUTHORITY', 'XDG_RUNTIME_DIR', 'HOME'];

/** Whether a source is a capture device of this machine; false for what is no source at all. */
export function isDeviceUrl(url: string): boolean {
  const [scheme = ''] = url.trim().split(':', 1);
  return schemeOf(scheme.toLowerCase())?.device === true;
}

/**
 * All that a decode child sees of the environment: nothing of this server's settings (they may hold its token), of proxies,
 * of the user or of what Node.js could be told to load.
 */
export function childEnvironment(
  forDevice: boolean,
  environment: Readonly<NodeJS.ProcessEnv> = process.env,
): NodeJS.ProcessEnv {
  const names = forDevice ? [...FOR_THE_LOADER, ...FOR_DEVICES] : FOR_THE_LOADER;
  return Object.fromEntries(
    names.filter((name) => environment[name] !== undefined).map((name) => [name, environment[name]]),
  );
}

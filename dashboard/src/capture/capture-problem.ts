/** Why nothing can be captured, in words that say what to do. */
export class CaptureProblem extends Error {
  override readonly name = 'CaptureProblem';
}

/** What this page would need, and has not; null where it has everything. */
export function missingFor(page: {
  readonly isSecureContext: boolean;
  readonly hasDevices: boolean;
  readonly hasRecorder: boolean;
  readonly host: string;
}): string | null {
  if (!page.isSecureContext) {
    return `Browsers give cameras and microphones only to pages of https:// or of localhost, and this one is http://${page.host}. Open it through a proxy with TLS, or on the machine itself as http://localhost.`;
  }
  if (!page.hasDevices || !page.hasRecorder) {
    return 'This browser cannot record a camera. Current versions of Chrome, Edge, Firefox and Safari can.';
  }
  return null;
}

/** What a refusal of the browser means for the person before it. `what` is such as “camera and microphone”. */
export function describeRefusal(error: unknown, what: string): string {
  const name = error instanceof Error ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return `This page was not allowed to use the ${what}. Press the camera or lock sign beside the address, allow it there, and try again. If it is not asked about at all, the system's privacy settings may keep this browser from it.`;
    case 'NotFoundError':
    case 'OverconstrainedError':
      return `No ${what} was found. Plug one in, or switch it on, and try again.`;
    case 'NotReadableError':
    case 'AbortError':
      return `The ${what} cannot be opened: another program may be using it. Close that program, and try again.`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

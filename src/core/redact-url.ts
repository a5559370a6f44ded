/** Up to the next parameter: of SRT and UDP a hash ends no value. */
const SECRET_PARAMETERS = /([?&][^=&#]*(?:token|key|pass|secret|auth|sig|credential)[^=&#]*=)[^&]*/gi;

/** What a sender of SRT says of itself, keys included; which may begin with a hash. */
const STREAM_ID = /([?&]streamid=)[^&]*/gi;

/**
 * `url` with user, password and secret-looking query values replaced by `***`: the only form in which a source
 * URL may be shown, logged or sent. Works on text that is no valid URL, too.
 */
export function redactUrl(url: string): string {
  return url
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/?#]*@/i, '$1***@')
    .replace(SECRET_PARAMETERS, '$1***')
    .replace(STREAM_ID, '$1***');
}

/** Where a decode child finds the bytes that are pushed to it: beside stdin, stdout and stderr. */
export const PUSHED_FD = 3;

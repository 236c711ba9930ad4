// A file that may be missing.

/** For `.catch` of a file operation: `value` when the file is missing; rejects with every other error of the system. */
export const ifMissing =
  <T>(value: T) =>
  (error: NodeJS.ErrnoException): T => {
    if (error.code === 'ENOENT') return value
    throw error
  }

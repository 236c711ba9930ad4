// Settings as text: a file that is not UTF-8 is refused as it is, before anything of it is lost.

const newline = 0x0a

/** The text. Throws Error with the line and the byte that are not UTF-8 (RFC 3629). */
export function settingsTextOf(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    return decoder.decode(bytes)
  } catch {
    throw new Error(`line ${lineOfDamage(bytes)} is not UTF-8: write it in that encoding`)
  }
}

/** A line is never decoded in part: its bytes are whole characters, or it is the one. */
function lineOfDamage(bytes: Uint8Array): number {
  let line = 1
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf(newline, from)
    const to = end < 0 ? bytes.length : end + 1
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(from, to))
    } catch {
      return line
    }
    from = to
  }
  return line
}

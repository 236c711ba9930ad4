// Unit names from paths: what `systemd-escape --path` computes (systemd.unit(5), "String Escaping for Inclusion in
// Unit Names").

/** A string as part of a unit name: `/` becomes `-`, what is not `[A-Za-z0-9:_.]` becomes `\xNN`, byte by byte. */
export function escapeUnitPart(text: string): string {
  let out = ''
  for (const [i, byte] of new TextEncoder().encode(text).entries()) {
    const c = String.fromCharCode(byte)
    if (c === '/') out += '-'
    else if (/[A-Za-z0-9:_]/.test(c) || (c === '.' && i > 0)) out += c
    else out += `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return out
}

/** An absolute path as a unit name: `/media/packet-disc` with suffix `mount` → `media-packet\x2ddisc.mount`. */
export function unitNameOfPath(path: string, suffix: string): string {
  const parts = path.split('/').filter((p) => p !== '' && p !== '.')
  return `${parts.length === 0 ? '-' : escapeUnitPart(parts.join('/'))}.${suffix}`
}

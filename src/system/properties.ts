// KEY=value lines: udev's properties (udevadm info, IMPORT{file}), systemctl show.

/** Later lines win; lines without `=` are left out. */
export function parseProperties(text: string): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const line of text.split('\n')) {
    const at = line.indexOf('=')
    if (at > 0) properties[line.slice(0, at)] = line.slice(at + 1)
  }
  return properties
}

/** One KEY=value a line. Values are ours, and hold no line break. */
export const formatProperties = (properties: Record<string, string>): string =>
  Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join('')

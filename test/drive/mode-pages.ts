// Mode pages that the host may change: defaults, and which bits change (SPC-4 §6.11, MMC-6 §7).

/** Page code → the page's bytes, header included. */
export type ModePages = Map<number, Buffer>

const page = (code: number, length: number, bytes: Record<number, number> = {}): Buffer => {
  const b = Buffer.alloc(2 + length)
  b[0] = code
  b[1] = length
  for (const [at, value] of Object.entries(bytes)) b[Number(at)] = value
  return b
}

/** Read/write error recovery, write parameters, caching, audio, power condition, timeout and protect at power-on. */
export function defaultPages(): ModePages {
  return new Map([
    [0x01, page(0x01, 0x0a, { 2: 0x80, 3: 0x20, 8: 0x01 })],
    // Track at once, BUF off, link size 7, audio pause 150: what MMC-6 §7.5 gives as default.
    [0x05, page(0x05, 0x32, { 2: 0x01, 3: 0x04, 4: 0x08, 15: 0x96 })],
    [0x08, page(0x08, 0x0a, { 2: 0x04 })],
    [0x0e, page(0x0e, 0x0e, { 2: 0x04, 8: 0x01, 9: 0xff, 10: 0x02, 11: 0xff })],
    [0x1a, page(0x1a, 0x0a)],
    [0x1d, page(0x1d, 0x08, { 7: 0x08, 9: 0x3c })],
  ])
}

/** A page of ones where the host may change something. */
export function changeableMask(code: number): Buffer {
  const current = defaultPages().get(code)
  const mask = Buffer.alloc(current?.length ?? 2)
  mask[0] = code
  mask[1] = mask.length - 2
  const changes: Record<number, (readonly [number, number])[]> = {
    1: [
      [2, 0xff],
      [3, 0xff],
      [8, 0xff],
    ],
    5: [
      [2, 0x7f],
      [3, 0xff],
      [4, 0x0f],
      [5, 0xff],
      [7, 0x3f],
      [8, 0xff],
    ],
    8: [[2, 0x05]],
    14: [
      [2, 0x06],
      [8, 0x0f],
      [9, 0xff],
      [10, 0x0f],
      [11, 0xff],
    ],
    26: [
      [3, 0x03],
      [8, 0xff],
      [9, 0xff],
      [10, 0xff],
      [11, 0xff],
    ],
    29: [
      [4, 0x07],
      [6, 0xff],
      [7, 0xff],
      [8, 0xff],
      [9, 0xff],
    ],
  }
  for (const [at, bits] of changes[code] ?? []) mask[at] = bits
  // Packet size, audio pause length, catalogue number, ISRC, subheader.
  if (code === 5) mask.fill(0xff, 10, 52)
  return mask
}

/** Write parameters page 05h, what decides (MMC-6 §7.5). */
export function writeParameters(pages: ModePages): {
  writeType: 'packet' | 'tao' | 'sao' | 'raw' | 'other'
  testWrite: boolean
  multiSession: number
  fixedPacket: boolean
  trackMode: number
  blockType: number
  packetSize: number
} {
  const p = pages.get(0x05) as Buffer
  const types = ['packet', 'tao', 'sao', 'raw'] as const
  return {
    writeType: types[(p[2] as number) & 0x0f] ?? 'other',
    testWrite: ((p[2] as number) & 0x10) !== 0,
    multiSession: (p[3] as number) >> 6,
    fixedPacket: ((p[3] as number) & 0x20) !== 0,
    trackMode: (p[3] as number) & 0x0f,
    blockType: (p[4] as number) & 0x0f,
    packetSize: p.readUInt32BE(10),
  }
}

// A disc: what is on it, block by block, and how often each packet was written.
import { cdLeadOut, type DiscKind, type DiscState, kinds } from './kinds.ts'

export const BLOCK = 2048

/** One recorded track of a disc written in sessions. Addresses and sizes in blocks. */
export interface Track {
  number: number
  session: number
  start: number
  blocks: number
  open: boolean
  audio: boolean
  damaged: boolean
  /** Blocks at the end that read as errors (CD track at once: 2). */
  runOut: number
  /** Recorded in packets (DVD-RW incremental). */
  packet: boolean
}

export interface DiscOptions {
  kind: DiscKind
  state?: DiscState
  /** Formatted (or recorded) capacity; a multiple of the packet for rewritables. Default: the real size. */
  blocks?: number
  /** CD-RW and DVD+RW: Mount Rainier, formatted in full. */
  mountRainier?: boolean
  /** DVD+RW background format. Default complete. */
  background?: 'none' | 'suspended' | 'running' | 'complete'
  /** CD-RW: 1 = mode 1, 2 = mode 2 XA form 1 (what cdrwtool makes, and the default). */
  dataMode?: 1 | 2
  /** Erasable bit of READ DISC INFORMATION; some drives clear it on formatted CD-RW (udftools PR 44). */
  erasable?: boolean
  writeProtected?: boolean
}

/** Rewritable or not, with its content. Storage is sparse: a packet never written costs nothing and reads as zeros. */
export class Disc {
  readonly kind: DiscKind
  /** Blocks the medium rewrites at once: 32 on CD and BD, 16 on DVD. */
  readonly packetBlocks: number
  /** Formatted capacity of the disc when all of it is used. */
  readonly fullBlocks: number
  state: DiscState
  /** Capacity as it is formatted or recorded now. */
  blocks: number
  background: 'none' | 'suspended' | 'running' | 'complete'
  readonly mountRainier: boolean
  dataMode: 1 | 2
  erasable: boolean
  writeProtected: boolean
  /** Something was written since the last format: changes what a DVD-RW answers. */
  written = false
  /** Next writable address of an intermediate DVD-RW. */
  next = 0
  /** DVD+RW: how far the background format got. */
  backgroundProgress = 0.016
  tracks: Track[] = []
  /** No further session may be recorded. */
  finalised = false
  formats = 0
  blanks = 0
  /** Packet number → times the medium wrote it since the disc was made. */
  readonly writes = new Map<number, number>()
  /** LBAs that read as 3/11/00 until they are written again. */
  readonly unreadable = new Set<number>()
  #packets = new Map<number, Buffer>()

  constructor(options: DiscOptions) {
    const facts = kinds[options.kind]
    this.kind = options.kind
    this.packetBlocks = facts.packet
    this.fullBlocks = options.blocks ?? facts.blocks
    this.state = options.state ?? (facts.states[0] as DiscState)
    if (!facts.states.includes(this.state)) throw new Error(`a ${this.kind} is never ${this.state}`)
    if (this.fullBlocks < 1 || !Number.isInteger(this.fullBlocks)) throw new Error('a disc has blocks')
    if (this.rewritable && this.fullBlocks % this.packetBlocks !== 0) {
      throw new Error(`${this.fullBlocks} is not a multiple of ${this.packetBlocks} blocks`)
    }
    this.blocks = this.fullBlocks
    this.background = options.background ?? 'complete'
    this.mountRainier = options.mountRainier ?? false
    if (this.kind === 'dvd+rw' && this.state === 'blank') this.background = 'none'
    this.dataMode = options.dataMode ?? 2
    this.erasable = options.erasable ?? true
    this.writeProtected = options.writeProtected ?? false
    this.#recordPreset()
  }

  /** Content that came with the disc: tracks of pressed, finalised, appendable and damaged discs. */
  #recordPreset(): void {
    const all = this.fullBlocks
    if (this.kind === 'audio-cd') {
      const length = Math.max(1, Math.floor(all / 3))
      for (let n = 0; n < 3; n++) this.tracks.push(track(n + 1, 1, n * length, length, { audio: true }))
      this.blocks = length * 3
    } else if (this.state === 'session') {
      const runOut = this.kind === 'cd-rw' ? 2 : 0
      this.tracks.push(track(1, 1, 0, all, { runOut, packet: this.kind === 'dvd-rw' }))
    } else if (this.state === 'appendable' || this.state === 'damaged') {
      // ASUS DRW-1608P2: 132800 of 2297888 blocks in the first session.
      const first = Math.round((all * 132800) / 2297888 / 16) * 16
      this.tracks.push(track(1, 1, 0, first, { packet: this.kind === 'dvd-rw' }))
      if (this.state === 'damaged') {
        this.tracks.push(
          track(2, 2, this.afterSession(first, 1), 0, { open: true, damaged: true, packet: true }),
        )
      }
      this.blocks = first
    }
    this.finalised = this.state === 'session'
  }

  get family(): 'cd' | 'dvd' | 'bd' {
    return kinds[this.kind].family
  }

  get rewritable(): boolean {
    return ['cd-rw', 'dvd-rw', 'dvd+rw', 'dvd-ram', 'bd-re'].includes(this.kind)
  }

  /** Any block may be rewritten, in packets or by the drive's own read-modify-write. */
  get overwritable(): boolean {
    return this.state === 'formatted' || this.state === 'intermediate'
  }

  /** MMC profile (MMC-6 §5.3.2): depends on the state for DVD-RW. */
  get profile(): number {
    switch (this.kind) {
      case 'cd-rw':
        return 0x0a
      case 'dvd-rw':
        return this.overwritable ? 0x13 : 0x14
      case 'dvd+rw':
        return 0x1a
      case 'dvd-ram':
        return 0x12
      case 'bd-re':
        return 0x43
      case 'cd-r':
        return 0x09
      case 'dvd-r':
        return 0x11
      case 'dvd-rom':
        return 0x10
      default:
        return 0x08
    }
  }

  /** Blocks that can be recorded in sessions: the ATIP lead-out of a CD, the whole of a DVD. */
  get recordable(): number {
    return this.kind === 'cd-rw' ? cdLeadOut(this.fullBlocks) : this.fullBlocks
  }

  get openTrack(): Track | undefined {
    return this.tracks.find((t) => t.open)
  }

  /** Where the next track starts. */
  get nextTrackStart(): number {
    const last = this.tracks.at(-1)
    if (!last) return 0
    const end = last.start + last.blocks
    if (this.sessionOpen) return this.family === 'cd' ? end + 150 : end
    return this.afterSession(end, last.session)
  }

  /** The last session has a track but no lead-out yet. */
  sessionOpen = false

  /** First address after a closed session's lead-out and the next lead-in. */
  afterSession(end: number, session: number): number {
    if (this.family === 'cd') return end + (session === 1 ? 11400 : 6900)
    return Math.ceil(end / 16) * 16 + (session === 1 ? 28688 : 8192)
  }

  /** Content of whole blocks, straight from the medium (no drive cache). Unwritten blocks are zeros. */
  read(lba: number, count: number): Buffer {
    const out = Buffer.alloc(count * BLOCK)
    this.readInto(out, lba, count)
    return out
  }

  /** Copies blocks into `out`, which must be zeroed where nothing is recorded. */
  readInto(out: Buffer, lba: number, count: number): void {
    const size = this.packetBlocks
    for (let at = lba; at < lba + count; ) {
      const packet = Math.floor(at / size)
      const inside = at - packet * size
      const n = Math.min(size - inside, lba + count - at)
      const data = this.#packets.get(packet)
      if (data) data.copy(out, (at - lba) * BLOCK, inside * BLOCK, (inside + n) * BLOCK)
      at += n
    }
  }

  /** First unreadable LBA in the range. */
  firstUnreadable(lba: number, count: number): number | undefined {
    if (this.unreadable.size === 0) return undefined
    for (let at = lba; at < lba + count; at++) if (this.unreadable.has(at)) return at
    return undefined
  }

  /** Puts whole blocks on the medium, uncounted: for loading content, and for tests to plant some. */
  put(lba: number, data: Buffer): void {
    if (data.length % BLOCK !== 0) throw new Error('whole blocks only')
    const size = this.packetBlocks
    for (let at = 0; at < data.length / BLOCK; ) {
      const packet = Math.floor((lba + at) / size)
      const inside = lba + at - packet * size
      const n = Math.min(size - inside, data.length / BLOCK - at)
      let to = this.#packets.get(packet)
      if (!to) {
        to = Buffer.alloc(size * BLOCK)
        this.#packets.set(packet, to)
      }
      data.copy(to, inside * BLOCK, at * BLOCK, (at + n) * BLOCK)
      for (let i = 0; i < n; i++) this.unreadable.delete(lba + at + i)
      at += n
    }
  }

  /** One write of one packet by the medium, counted. Takes `data` over without copying. */
  writePacket(packet: number, data: Buffer): void {
    this.#packets.set(packet, data)
    if (this.unreadable.size > 0) {
      for (let i = 0; i < this.packetBlocks; i++) this.unreadable.delete(packet * this.packetBlocks + i)
    }
    this.count(packet)
  }

  /** Counts a medium write of a packet. */
  count(packet: number): void {
    this.writes.set(packet, (this.writes.get(packet) ?? 0) + 1)
    this.written = true
  }

  /** Everything gone, as after BLANK or FORMAT UNIT; the write counts stay: wear does not go away. */
  clear(): void {
    this.#packets.clear()
    this.unreadable.clear()
    this.tracks = []
    this.sessionOpen = false
    this.finalised = false
    this.written = false
    this.next = 0
  }

  /** Numbers of the packets that hold anything, ascending: what an image file has to keep. */
  recordedPackets(): number[] {
    return [...this.#packets.keys()].sort((a, b) => a - b)
  }
}

/** A closed data track, unless told otherwise. */
export function track(
  number: number,
  session: number,
  start: number,
  blocks: number,
  more: Partial<Track> = {},
): Track {
  return {
    number,
    session,
    start,
    blocks,
    open: false,
    audio: false,
    damaged: false,
    runOut: 0,
    packet: false,
    ...more,
  }
}

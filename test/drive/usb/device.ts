// The drive as a USB device: control requests, and Bulk-Only Transport on its two bulk endpoints
// (USB Mass Storage Class, Bulk-Only Transport 1.0).
import type { Drive } from '../drive.ts'
import type { Answer } from '../execute.ts'
import { descriptor, type UsbIdentity } from './descriptors.ts'

/** How a transfer ended. `stall` is EPIPE at the host. */
export interface TransferResult {
  status: 'ok' | 'stall'
  /** Data for IN transfers. */
  data?: Buffer
  /** Bytes moved. */
  length: number
}

export type TransferDone = (result: TransferResult) => void

interface PendingIn {
  length: number
  done: TransferDone
}

type Phase = 'command' | 'data-out' | 'data-in' | 'status' | 'error'

const ok = (data: Buffer): TransferResult => ({ status: 'ok', data, length: data.length })
const stalled: TransferResult = { status: 'stall', length: 0 }

export class UsbDrive {
  readonly drive: Drive
  readonly #identity: UsbIdentity
  #configuration = 0
  #phase: Phase = 'command'
  #halted = { in: false, out: false }
  #reads: PendingIn[] = []
  #tag = 0
  /** dCBWDataTransferLength, and how much of it has moved. */
  #wanted = 0
  #moved = 0
  #cdb: Buffer = Buffer.alloc(0)
  #toDevice = false
  /** Data of the running command: collected from the host, or waiting for it. Undefined while the drive is at it. */
  #out: Buffer = Buffer.alloc(0)
  #in: Buffer | undefined
  #csw: Buffer | undefined
  #cancel: (() => void) | undefined

  constructor(drive: Drive) {
    this.drive = drive
    this.#identity = {
      manufacturer: drive.profile.vendor.trim(),
      product: drive.profile.model.trim(),
      serial: drive.profile.serial,
    }
  }

  /** A control transfer on endpoint 0. `out` is the data stage of a host-to-device request. */
  control(setup: Buffer, out: Buffer): TransferResult {
    const [type, request] = [setup[0] as number, setup[1] as number]
    const [value, index, length] = [setup.readUInt16LE(2), setup.readUInt16LE(4), setup.readUInt16LE(6)]
    const reply = this.#request((type << 8) | request, value, index)
    if (reply === undefined) return stalled
    return (type & 0x80) !== 0 ? ok(reply.subarray(0, length)) : { status: 'ok', length: out.length }
  }

  #request(code: number, value: number, index: number): Buffer | undefined {
    const none = Buffer.alloc(0)
    switch (code) {
      case 0x8006:
        return descriptor(this.#identity, value >> 8, value & 255)
      case 0x8008:
        return Buffer.from([this.#configuration])
      case 0x810a:
        return Buffer.from([0])
      case 0x8000:
        return Buffer.from([1, 0])
      case 0x8100:
        return Buffer.from([0, 0])
      case 0x8200: {
        const halted = index & 0x80 ? this.#halted.in : this.#halted.out
        return Buffer.from([halted ? 1 : 0, 0])
      }
      case 0x0009:
        if (value > 1) return undefined
        // The host's port reset is not carried by USB/IP; the SET_CONFIGURATION that follows it is all there is to see.
        this.reset()
        this.drive.reset()
        this.#configuration = value
        return none
      case 0x010b:
        return value === 0 && index === 0 ? none : undefined
      case 0x0201:
        if (value !== 0) return undefined
        this.#clearHalt(index)
        return none
      case 0x0203:
        if (value !== 0) return undefined
        if (index & 0x80) this.#halted.in = true
        else this.#halted.out = true
        return none
      case 0x0001:
      case 0x0003:
      case 0x0101:
        return none
      // GET MAX LUN, Bulk-Only Mass Storage Reset.
      case 0xa1fe:
        return Buffer.from([0])
      case 0x21ff:
        this.reset()
        this.drive.reset()
        return none
      default:
        return undefined
    }
  }

  #clearHalt(index: number): void {
    // After an invalid CBW the halts stay until Bulk-Only reset (BOT §6.6.1).
    if (this.#phase === 'error') return
    if (index & 0x80) this.#halted.in = false
    else this.#halted.out = false
    this.#pump()
  }

  /** Bulk-Only state back to "ready for a command". Pending IN transfers stay the host's to cancel. */
  reset(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#phase = 'command'
    this.#halted = { in: false, out: false }
    this.#in = undefined
    this.#csw = undefined
  }

  /** The host is gone: its transfers are forgotten, the next host starts afresh. */
  disconnect(): void {
    this.#reads = []
    this.reset()
  }

  /** Where the next `length` bytes from the host go without a further copy, when they are data of a WRITE. */
  dataTarget(length: number): Buffer | undefined {
    if (this.#phase !== 'data-out' || this.#moved + length > this.#out.length) return undefined
    return this.#out.subarray(this.#moved, this.#moved + length)
  }

  /** A bulk OUT transfer: a CBW, or data. `data` may be what `dataTarget` gave. */
  bulkOut(data: Buffer, done: TransferDone): void {
    if (this.#halted.out) {
      done(stalled)
      return
    }
    if (this.#phase === 'command') {
      if (this.#begin(data)) done({ status: 'ok', length: data.length })
      else done(stalled)
      return
    }
    if (this.#phase !== 'data-out') {
      this.#fail()
      done(stalled)
      return
    }
    const room = this.#out.length - this.#moved
    if (data.length > room) {
      this.#fail()
      done(stalled)
      return
    }
    const target = this.#out.subarray(this.#moved, this.#moved + data.length)
    if (target.buffer !== data.buffer || target.byteOffset !== data.byteOffset) data.copy(target)
    this.#moved += data.length
    done({ status: 'ok', length: data.length })
    if (this.#moved === this.#wanted) this.#execute()
  }

  /** A bulk IN transfer: answered when there is data or a CSW. Returns what cancels it (true when it was still pending). */
  bulkIn(length: number, done: TransferDone): () => boolean {
    const pending: PendingIn = { length, done }
    this.#reads.push(pending)
    this.#pump()
    return () => {
      const at = this.#reads.indexOf(pending)
      if (at < 0) return false
      this.#reads.splice(at, 1)
      return true
    }
  }

  /** A command block wrapper; false when it is not one. */
  #begin(b: Buffer): boolean {
    const length = (b[14] ?? 0) & 0x1f
    const valid =
      b.length === 31 && b.readUInt32LE(0) === 0x43425355 && b[13] === 0 && length >= 1 && length <= 16
    if (!valid) {
      this.#fail()
      return false
    }
    this.#tag = b.readUInt32LE(4)
    this.#wanted = b.readUInt32LE(8)
    this.#toDevice = ((b[12] as number) & 0x80) === 0
    this.#cdb = Buffer.from(b.subarray(15, 15 + length))
    this.#moved = 0
    this.#in = undefined
    this.#csw = undefined
    if (this.#wanted > 0 && this.#toDevice) {
      this.#out = Buffer.allocUnsafe(this.#wanted)
      this.#phase = 'data-out'
    } else {
      this.#out = Buffer.alloc(0)
      this.#execute()
    }
    return true
  }

  #execute(): void {
    this.#phase = this.#toDevice || this.#wanted === 0 ? 'status' : 'data-in'
    // Hosts pad CDBs; the drive's core reads fixed places up to byte 11.
    const cdb = this.#cdb.length < 12 ? Buffer.concat([this.#cdb], 12) : this.#cdb
    let cancelled = false
    const cancel = this.drive.perform(cdb, this.#out, (answer) => {
      if (!cancelled) this.#answered(answer)
    })
    this.#cancel = () => {
      cancelled = true
      cancel()
    }
  }

  #answered(answer: Answer): void {
    this.#cancel = undefined
    const toHost = !this.#toDevice && this.#wanted > 0
    const data = answer.data.subarray(0, toHost ? this.#wanted : 0)
    // The host said the other direction, or none, while there is data for it (BOT §6.7, cases 2, 3 and 10).
    const phaseError = answer.status === 0 && answer.data.length > 0 && !toHost
    const done = this.#toDevice ? (answer.status === 0 ? this.#wanted : 0) : data.length
    const csw = Buffer.alloc(13)
    csw.writeUInt32LE(0x53425355, 0)
    csw.writeUInt32LE(this.#tag, 4)
    csw.writeUInt32LE(this.#wanted - Math.min(done, answer.valid ?? done), 8)
    csw[12] = phaseError ? 2 : answer.status === 0 ? 0 : 1
    this.#csw = csw
    this.#in = toHost ? data : undefined
    this.#moved = 0
    this.#pump()
  }

  /** Serves waiting IN transfers. A short data phase ends with a short (or empty) transfer instead of a stall. */
  #pump(): void {
    while (this.#reads.length > 0) {
      if (this.#halted.in) {
        for (const r of this.#reads.splice(0)) r.done(stalled)
        return
      }
      const next = this.#reads[0] as PendingIn
      if (this.#phase === 'data-in' && this.#in) {
        const chunk = this.#in.subarray(this.#moved, this.#moved + next.length)
        this.#moved += chunk.length
        // The data phase is over after a short transfer, or when the host has got all it asked for.
        if (chunk.length < next.length || this.#moved >= this.#wanted) this.#phase = 'status'
        this.#reads.shift()
        next.done(ok(chunk))
      } else if (this.#phase === 'status' && this.#csw) {
        const csw = this.#csw
        this.#csw = undefined
        this.#in = undefined
        this.#phase = 'command'
        this.#reads.shift()
        next.done(ok(csw.subarray(0, next.length)))
      } else return
    }
  }

  #fail(): void {
    this.#phase = 'error'
    this.#halted = { in: true, out: true }
    this.#pump()
  }
}

// One importing host: its URBs to the drive and back.
import type { Socket } from 'node:net'
import { bulkIn, bulkOut } from '../usb/descriptors.ts'
import type { TransferResult, UsbDrive } from '../usb/device.ts'
import {
  type CommandHeader,
  cmd,
  decodeCommand,
  errno,
  headerBytes,
  retSubmit,
  retUnlink,
  shortNotOk,
} from './protocol.ts'

/** Largest OUT transfer taken: far above usb-storage's 120 KiB, low enough that a broken peer cannot eat the memory. */
const most = 4 * 1024 * 1024

export class Connection {
  readonly #socket: Socket
  readonly #device: UsbDrive
  /** URBs not answered: sequence number → takes it back. */
  readonly #pending = new Map<number, () => boolean>()
  readonly #header = Buffer.alloc(headerBytes)
  #current: CommandHeader | undefined

  constructor(socket: Socket, device: UsbDrive) {
    this.#socket = socket
    this.#device = device
  }

  /** The buffer to fill first. */
  get first(): Buffer {
    return this.#header
  }

  /** A header or a body is complete; returns what to fill next. */
  filled(full: Buffer): Buffer | undefined {
    if (this.#current) {
      const command = this.#current
      this.#current = undefined
      this.#submit(command, full)
      return this.#header
    }
    const command = decodeCommand(full)
    if (command.command === cmd.unlink) {
      this.#unlink(command)
      return this.#header
    }
    if (command.command !== cmd.submit || command.length > most) {
      this.#socket.destroy()
      return undefined
    }
    if (command.toHost || command.length === 0) {
      this.#submit(command, Buffer.alloc(0))
      return this.#header
    }
    this.#current = command
    const straight = command.endpoint === bulkOut ? this.#device.dataTarget(command.length) : undefined
    return straight ?? Buffer.allocUnsafe(command.length)
  }

  #submit(command: CommandHeader, out: Buffer): void {
    const done = (result: TransferResult) => this.#reply(command, result)
    if (command.endpoint === 0) done(this.#device.control(command.setup, out))
    else if (command.endpoint === bulkOut && !command.toHost) this.#device.bulkOut(out, done)
    else if (command.endpoint === bulkIn && command.toHost) {
      let answered = false
      const takeBack = this.#device.bulkIn(command.length, (result) => {
        answered = true
        this.#pending.delete(command.sequence)
        done(result)
      })
      if (!answered) this.#pending.set(command.sequence, takeBack)
    } else done({ status: 'stall', length: 0 })
  }

  #unlink(command: CommandHeader): void {
    const takeBack = this.#pending.get(command.unlinked)
    this.#pending.delete(command.unlinked)
    const taken = takeBack?.() === true
    this.#socket.write(retUnlink(command.sequence, taken ? -errno.connReset : 0))
  }

  #reply(command: CommandHeader, result: TransferResult): void {
    if (this.#socket.destroyed) return
    const short = command.toHost && result.length < command.length && (command.flags & shortNotOk) !== 0
    const status = result.status === 'stall' ? -errno.pipe : short ? -errno.remoteIo : 0
    const head = retSubmit(command.sequence, status, result.length)
    if (!command.toHost || !result.data || result.data.length === 0) {
      this.#socket.write(head)
      return
    }
    // One writev instead of two packets.
    this.#socket.cork()
    this.#socket.write(head)
    this.#socket.write(result.data)
    this.#socket.uncork()
  }

  /** The host is gone: nothing is answered any more. */
  drop(): void {
    this.#pending.clear()
    this.#device.disconnect()
  }
}

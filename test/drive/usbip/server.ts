// A USB/IP server: drives for a guest kernel's vhci_hcd, one bus id each.
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { Drive } from '../drive.ts'
import { deviceRelease, interfaceClass, productId, vendorId } from '../usb/descriptors.ts'
import { UsbDrive } from '../usb/device.ts'
import { Connection } from './connection.ts'
import { deviceRecord, type Exported, interfaceRecord, op, opHeader, version } from './protocol.ts'
import { Filler } from './stream.ts'

class Slot {
  readonly device: UsbDrive
  readonly exported: Exported
  /** Who has imported it. */
  socket: Socket | undefined

  constructor(drive: Drive, index: number) {
    this.device = new UsbDrive(drive)
    this.exported = {
      busId: `1-${index + 1}`,
      busNumber: 1,
      deviceNumber: index + 2,
      vendorId,
      productId,
      release: deviceRelease,
      interfaceClass,
      configuration: 1,
    }
  }
}

/**
 * Exports drives over USB/IP as bus ids 1-1, 1-2, … A drive that is unplugged drops its connection and is not listed until
 * it is plugged in again. A second import of a drive takes it from the first host: a guest that crashed leaves its
 * connection behind. Listens on loopback unless told otherwise; `port` 0 takes a free one. Rejects when it cannot listen.
 */
export function serveDrives(
  drives: readonly Drive[],
  options: { port?: number; host?: string } = {},
): Promise<{ port: number; close(): Promise<void> }> {
  const slots = drives.map((drive, i) => new Slot(drive, i))
  const off = slots.map((slot) => slot.device.drive.on('unplugged', () => slot.socket?.destroy()))
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    greet(socket, slots)
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => {
      resolve({
        port: (server.address() as AddressInfo).port,
        close: () =>
          new Promise((closed) => {
            for (const stop of off) stop()
            for (const socket of sockets) socket.destroy()
            server.close(() => closed())
          }),
      })
    })
  })
}

/** The OP_ phase; after a successful import the connection carries URBs. */
function greet(socket: Socket, slots: readonly Slot[]): void {
  let connection: Connection | undefined
  let importing = false
  const filler = new Filler(Buffer.alloc(8), (full): Buffer | undefined => {
    if (connection) return connection.filled(full)
    if (importing) {
      connection = attach(socket, slots, full)
      if (connection) return connection.first
      socket.end()
      return undefined
    }
    const code = full.readUInt16BE(2)
    if (full.readUInt16BE(0) !== version) socket.destroy()
    else if (code === op.reqDevlist) socket.end(deviceList(slots))
    else if (code === op.reqImport) {
      importing = true
      return Buffer.alloc(32)
    } else socket.destroy()
    return undefined
  })
  socket.on('data', (chunk: Buffer) => filler.push(chunk))
}

function deviceList(slots: readonly Slot[]): Buffer {
  const present = slots.filter((s) => s.device.drive.plugged)
  const count = Buffer.alloc(4)
  count.writeUInt32BE(present.length, 0)
  const records = present.flatMap((s) => [deviceRecord(s.exported), interfaceRecord(s.exported)])
  return Buffer.concat([opHeader(op.repDevlist, 0), count, ...records])
}

function attach(socket: Socket, slots: readonly Slot[], wanted: Buffer): Connection | undefined {
  const end = wanted.indexOf(0)
  const busId = wanted.toString('latin1', 0, end < 0 ? wanted.length : end)
  const slot = slots.find((s) => s.exported.busId === busId && s.device.drive.plugged)
  if (!slot) {
    // ST_NODEV
    socket.write(opHeader(op.repImport, 4))
    return undefined
  }
  slot.socket?.destroy()
  slot.socket = socket
  slot.device.disconnect()
  const connection = new Connection(socket, slot.device)
  socket.on('close', () => {
    if (slot.socket !== socket) return
    slot.socket = undefined
    connection.drop()
  })
  socket.write(Buffer.concat([opHeader(op.repImport, 0), deviceRecord(slot.exported)]))
  return connection
}

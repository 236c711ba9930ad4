// USB/IP on the wire (Linux Documentation/usb/usbip_protocol.rst, version 1.1.1). All numbers big endian.

export const version = 0x0111
export const op = {
  reqDevlist: 0x8005,
  repDevlist: 0x0005,
  reqImport: 0x8003,
  repImport: 0x0003,
} as const
export const cmd = { submit: 1, unlink: 2, retSubmit: 3, retUnlink: 4 } as const
export const headerBytes = 48
/** Linux errno values, negated on the wire. */
export const errno = { pipe: 32, connReset: 104, remoteIo: 121, shutdown: 108 } as const
/** URB_SHORT_NOT_OK of transfer_flags. */
export const shortNotOk = 1

/** A device as DEVLIST and IMPORT describe it. */
export interface Exported {
  busId: string
  busNumber: number
  deviceNumber: number
  vendorId: number
  productId: number
  release: number
  interfaceClass: readonly [number, number, number]
  configuration: number
}

/** The 8 bytes before every OP_ reply. */
export function opHeader(code: number, status: number): Buffer {
  const b = Buffer.alloc(8)
  b.writeUInt16BE(version, 0)
  b.writeUInt16BE(code, 2)
  b.writeUInt32BE(status, 4)
  return b
}

/** struct usbip_usb_device, 312 bytes. */
export function deviceRecord(d: Exported): Buffer {
  const b = Buffer.alloc(312)
  b.write(`/sys/devices/pktw/usb${d.busNumber}/${d.busId}`, 0, 'latin1')
  b.write(d.busId, 256, 'latin1')
  b.writeUInt32BE(d.busNumber, 288)
  b.writeUInt32BE(d.deviceNumber, 292)
  // USB_SPEED_HIGH
  b.writeUInt32BE(3, 296)
  b.writeUInt16BE(d.vendorId, 300)
  b.writeUInt16BE(d.productId, 302)
  b.writeUInt16BE(d.release, 304)
  b[309] = d.configuration
  b[310] = 1
  b[311] = 1
  return b
}

/** struct usbip_usb_interface, 4 bytes. */
export const interfaceRecord = (d: Exported): Buffer => Buffer.from([...d.interfaceClass, 0])

/** USBIP_CMD_SUBMIT and USBIP_CMD_UNLINK, 48 bytes. */
export interface CommandHeader {
  command: number
  sequence: number
  toHost: boolean
  endpoint: number
  /** Submit. */
  flags: number
  length: number
  setup: Buffer
  /** Unlink: sequence number of the URB to take back. */
  unlinked: number
}

/** Reads a header; `setup` is a copy. */
export function decodeCommand(b: Buffer): CommandHeader {
  return {
    command: b.readUInt32BE(0),
    sequence: b.readUInt32BE(4),
    toHost: b.readUInt32BE(12) === 1,
    endpoint: b.readUInt32BE(16),
    flags: b.readUInt32BE(20),
    unlinked: b.readUInt32BE(20),
    length: b.readUInt32BE(24),
    setup: Buffer.from(b.subarray(40, 48)),
  }
}

/** USBIP_RET_SUBMIT; the data of an IN transfer follows it. */
export function retSubmit(sequence: number, status: number, length: number): Buffer {
  const b = Buffer.alloc(headerBytes)
  b.writeUInt32BE(cmd.retSubmit, 0)
  b.writeUInt32BE(sequence, 4)
  b.writeInt32BE(status, 20)
  b.writeUInt32BE(length, 24)
  return b
}

/** USBIP_RET_UNLINK. Status −104 when the URB was taken back, 0 when it had been answered. */
export function retUnlink(sequence: number, status: number): Buffer {
  const b = Buffer.alloc(headerBytes)
  b.writeUInt32BE(cmd.retUnlink, 0)
  b.writeUInt32BE(sequence, 4)
  b.writeInt32BE(status, 20)
  return b
}

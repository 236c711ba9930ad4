// USB descriptors of the drive (USB 2.0 §9.6): one high-speed mass-storage interface, Bulk-Only, SCSI transparent.

/** What the descriptors say about a drive. */
export interface UsbIdentity {
  manufacturer: string
  product: string
  serial: string
}

// The ids of Linux's own composite gadget: no quirk table of a kernel knows them, so the host takes the drive as it is.
export const vendorId = 0x1d6b
export const productId = 0x0104
export const deviceRelease = 0x0100
/** Mass storage, SCSI transparent command set, Bulk-Only. */
export const interfaceClass = [0x08, 0x06, 0x50] as const
export const bulkIn = 1
export const bulkOut = 2

const device = Buffer.from([
  18,
  1,
  0x00,
  0x02,
  0,
  0,
  0,
  64,
  vendorId & 255,
  vendorId >> 8,
  productId & 255,
  productId >> 8,
  0x00,
  0x01,
  1,
  2,
  3,
  1,
])

const qualifier = Buffer.from([10, 6, 0x00, 0x02, 0, 0, 0, 64, 1, 0])

const endpoint = (address: number, size: number): number[] => [7, 5, address, 2, size & 255, size >> 8, 0]

const configuration = (type: number, packet: number): Buffer => {
  const body = [
    ...[9, 4, 0, 0, 2, ...interfaceClass, 0],
    ...endpoint(0x80 | bulkIn, packet),
    ...endpoint(bulkOut, packet),
  ]
  // Self-powered, 100 mA.
  return Buffer.from([9, type, 9 + body.length, 0, 1, 1, 0, 0xc0, 50, ...body])
}

const string = (s: string): Buffer => {
  const text = Buffer.from(s, 'utf16le')
  return Buffer.concat([Buffer.from([2 + text.length, 3]), text])
}

/** GET_DESCRIPTOR: type and index as in wValue. Undefined = the device stalls. */
export function descriptor(identity: UsbIdentity, type: number, index: number): Buffer | undefined {
  switch (type) {
    case 1:
      return device
    case 2:
      return index === 0 ? configuration(2, 512) : undefined
    case 3:
      if (index === 0) return Buffer.from([4, 3, 0x09, 0x04])
      if (index === 1) return string(identity.manufacturer)
      if (index === 2) return string(identity.product)
      return index === 3 ? string(identity.serial) : undefined
    case 6:
      return qualifier
    case 7:
      return index === 0 ? configuration(7, 64) : undefined
    default:
      return undefined
  }
}

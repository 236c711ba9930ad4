// What desktops are told of the drive behind a packet device. The device is a virtual one, and without a drive udisks takes
// its user for somebody at another seat, and file managers mount nothing by themselves.
import { parseProperties } from '../system/properties.ts'
import { run } from '../system/run.ts'

/** Of the drive's own properties: its names, and which seat it stands at. */
const handedOn = ['ID_VENDOR', 'ID_VENDOR_ENC', 'ID_MODEL', 'ID_MODEL_ENC', 'ID_SEAT'] as const

/** udev's properties of the drive → those of its packet device. */
export function packetDriveProperties(drive: string, all: Record<string, string>): Record<string, string> {
  const known = handedOn.flatMap((key) => {
    const value = all[key]
    return value === undefined ? [] : [[key, value]]
  })
  // Its own serial number, not the drive's: udisks takes two devices with the same one for two ways to one disk.
  return { ...Object.fromEntries(known), ID_SERIAL: `pktw-${all.ID_SERIAL ?? drive}` }
}

/** The same, asked of udev. */
export async function driveProperties(drive: string): Promise<Record<string, string>> {
  const info = await run('udevadm', ['info', '--query=property', `--name=/dev/${drive}`])
  return packetDriveProperties(drive, parseProperties(info.stdout))
}

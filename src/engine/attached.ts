// Whether the packet device of a drive is attached already, when an engine starts: it is after a crash, since the kernel keeps it for
// the next engine.
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { isPacketDevice } from '../system/drive-nodes.ts'
import { parseProperties } from '../system/properties.ts'

/**
 * By what the hooks keep of packet devices (/run/pktw/map) and by `pid`, which nbd.ko makes while a device is attached. False when
 * any of it cannot be read.
 */
export async function isAttached(
  drive: string,
  map = '/run/pktw/map',
  devices = '/sys/class/block',
): Promise<boolean> {
  for (const device of await readdir(map).catch(() => [])) {
    if (!isPacketDevice(device)) continue
    const { PKTW_DRIVE } = parseProperties(await readFile(`${map}/${device}`, 'utf8').catch(() => ''))
    if (PKTW_DRIVE === drive && existsSync(`${devices}/${device}/pid`)) return true
  }
  return false
}

// pktw-nbd@.service: tells the kernel how patient it is to be with the engine, and gives it a connection to the new one after
// a crash. Requests that the dead engine left unanswered are sent again by the kernel itself.
import { setTimeout as sleep } from 'node:timers/promises'
import { log } from '../system/journal.ts'
import { ask } from './control.ts'
import { backendOf, exportName, sizeBytesOf } from './nbd.ts'
import { connectToExport } from './nbd-connection.ts'
import { Netlink } from './netlink.ts'
import { mappingOf, paths } from './state.ts'

/** s that requests wait for an engine: its restart takes seconds, and minutes with a drive that is busy. */
const deadConnectionSeconds = 300
/** Handing over is repeated: the kernel does not say when the connection before is not dead yet. */
const mostTries = 50
const pause = 100

const hasClient = async (drive: string): Promise<boolean> =>
  (await ask(drive, { ask: 'status' }, 10_000)).status?.attached === true

export async function reconnect(drive: string): Promise<void> {
  const mapping = await mappingOf(drive)
  if (mapping === undefined) throw new Error(`${drive} is not mapped`)
  const { device } = mapping
  const backend = await backendOf(device)
  const to = {
    index: Number(device.slice('nbd'.length)),
    // The engine itself limits how long a request may take. A limit here would cut off a drive that is only slow.
    timeoutSeconds: 0,
    deadConnectionSeconds,
    ...(backend === undefined ? {} : { backendIdentifier: backend }),
  }
  const netlink = new Netlink()
  const family = await netlink.family('nbd')
  if (await hasClient(drive)) return netlink.reconfigure(family, to)
  for (let tries = 0; tries < mostTries; tries++) {
    const connection = await connectToExport(`${paths.runtime(drive)}/nbd.sock`, exportName)
    try {
      const wanted = await sizeBytesOf(device)
      if (connection.sizeBytes !== wanted)
        throw new Error(`the engine serves ${connection.sizeBytes} bytes, and ${device} has ${wanted}`)
      await netlink.reconfigure(family, { ...to, socket: connection.fd })
    } finally {
      connection.close()
    }
    // The engine sees its client leave when nobody but us held the connection.
    await sleep(pause)
    if (await hasClient(drive)) {
      log.info(`${device} goes on with the new engine`)
      return
    }
  }
  throw new Error(`${device} does not take a connection to the new engine`)
}

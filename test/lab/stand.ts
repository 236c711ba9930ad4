// The bench the emulated drives stand on: served over USB/IP by the lab's own process, plugged into the guest.
import { LabError } from './host.ts'
import type { Machine } from './qemu.ts'

export interface Stand {
  order(what: string, options: Record<string, unknown>): Promise<Record<string, unknown>>
  close(): Promise<void>
}

export const openStand = async (_machine: Machine): Promise<Stand> => ({
  order: async (what) => {
    throw new LabError(`no drive yet: ${what}`)
  },
  close: async () => {},
})

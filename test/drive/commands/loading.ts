// START STOP UNIT, PREVENT ALLOW MEDIUM REMOVAL, MECHANISM STATUS (MMC-6 §6.42, §6.18, §6.16).
import { check } from '../sense.ts'
import type { CommandGroup } from './table.ts'

export const loading: CommandGroup = {
  27: {
    run: (drive, cdb) => {
      const how = cdb[4] as number
      if (how >> 4 !== 0) return undefined
      const load = (how & 2) !== 0
      const start = (how & 1) !== 0
      if (load && !start) {
        if (!drive.trayOpen && drive.prevent !== 0) throw check('5/53/02')
        drive.loaded?.flush()
        drive.openTray()
      } else if (load) drive.closeTray()
      else if (!start) drive.loaded?.flush()
      return undefined
    },
  },
  30: {
    run: (drive, cdb) => {
      drive.prevent = (cdb[4] as number) & 3
      return undefined
    },
  },
  189: {
    whileBusy: true,
    run: (drive, cdb) => {
      const b = Buffer.alloc(8)
      b[1] = drive.trayOpen ? 0x10 : 0
      b[5] = 1
      return b.subarray(0, cdb.readUInt16BE(8))
    },
  },
}

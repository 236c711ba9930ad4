// Commands on the unit as a whole: TEST UNIT READY, REQUEST SENSE, PREVENT ALLOW MEDIUM REMOVAL, START STOP UNIT
// (SPC-5 §6.48, §6.39; MMC-6 §6.13, §6.40).
import { cdb } from './fields.ts'
import { opcode } from './opcodes.ts'
import type { Command } from './transport.ts'

export const testUnitReady = (): Command => ({ cdb: cdb(6, opcode.testUnitReady), timeoutMs: 10_000 })

/** Its reply is sense data of 18 bytes, with the progress that the sense of sg's old interface lacks. */
export const requestSense = (): Command => ({
  cdb: cdb(6, opcode.requestSense, { 4: 18 }),
  dataIn: 18,
  timeoutMs: 10_000,
})

/** Locks the door or unlocks it. The lock is not persistent: the button still raises an event. */
export const preventMediumRemoval = (prevent: boolean): Command => ({
  cdb: cdb(6, opcode.preventAllowMediumRemoval, { 4: prevent ? 1 : 0 }),
  timeoutMs: 30_000,
})

const operations = { stop: 0x00, start: 0x01, eject: 0x02, load: 0x03 } as const

/** START STOP UNIT with LOEJ and START; `immediate` returns before the tray has moved. */
export const startStopUnit = (operation: keyof typeof operations, immediate = false): Command => ({
  cdb: cdb(6, opcode.startStopUnit, { 1: immediate ? 1 : 0, 4: operations[operation] }),
  timeoutMs: 70_000,
})

// A machine for the tests of the CLI's reading side: real files below a root; only run() is a fake.
import { symlinkSync } from 'node:fs'
import path from 'node:path'
import { realSystem } from '../../src/system/real.ts'
import type { RunResult } from '../../src/system/run.ts'
import type { System } from '../../src/system/system.ts'
import { temporaryRoot } from '../steps/tree.ts'

/** Answers by the beginning of the command line; what has no answer is a program that is not there (127). */
export function machine(
  files: Record<string, string>,
  answers: Record<string, Partial<RunResult>> = {},
): System & { commands: string[] } {
  const root = temporaryRoot(files)
  const commands: string[] = []
  return {
    ...realSystem(root),
    commands,
    run: async (program, argv) => {
      const command = [program, ...argv].join(' ')
      commands.push(command)
      const key = Object.keys(answers).find((k) => command.startsWith(k))
      return {
        code: key === undefined ? 127 : 0,
        stdout: '',
        stderr: '',
        ...(key === undefined ? {} : answers[key]),
      }
    },
  }
}

/** /sys/class/block/NAME is a link into /sys/devices, as on a real machine. */
export function linkDrive(system: System, name: string): void {
  symlinkSync(`../../devices/pci/host0/block/${name}`, path.join(system.root, 'sys/class/block', name))
}

/** Files of one drive, without the link. */
export const driveFiles = (name: string, number: string): Record<string, string> => ({
  [`/sys/devices/pci/host0/block/${name}/dev`]: `${number}\n`,
  [`/sys/devices/pci/host0/block/${name}/device/vendor`]: 'HL-DT-ST\n',
  [`/sys/devices/pci/host0/block/${name}/device/model`]: 'DVDRAM GP08  \n',
  '/sys/class/block/sda/dev': '8:0\n',
})

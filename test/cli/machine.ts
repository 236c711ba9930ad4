// A machine for the tests of the CLI's reading side: real files below a root; only run() is a fake.
import { symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { realSystem } from '../../src/system/real.ts'
import type { RunResult } from '../../src/system/run.ts'
import type { System } from '../../src/system/system.ts'
import { temporaryRoot } from '../steps/tree.ts'

/** What a program prints and ends with, and the files that are others afterwards. */
type Answer = Partial<RunResult> & { leaves?: Record<string, string> }

/** Answers by the beginning of the command line; what has no answer is a program that is not there (127). */
export function machine(
  files: Record<string, string>,
  answers: Record<string, Answer> = {},
): System & { commands: string[] } {
  const root = temporaryRoot(files)
  const commands: string[] = []
  return {
    ...realSystem(root),
    // root does things by itself, whoever runs the tests.
    uid: 0,
    commands,
    run: async (program, argv) => {
      const command = [program, ...argv].join(' ')
      commands.push(command)
      const key = Object.keys(answers).find((k) => command.startsWith(k))
      if (key === undefined) return { code: 127, stdout: '', stderr: '' }
      const { leaves = {}, ...result } = answers[key] ?? {}
      for (const [name, contents] of Object.entries(leaves)) writeFileSync(path.join(root, name), contents)
      return { code: 0, stdout: '', stderr: '', ...result }
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

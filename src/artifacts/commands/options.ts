// Options and arguments that several verbs of pktw have.

export const json = {
  type: 'boolean',
  default: false,
  describe: 'Print one JSON document for programs',
} as const
export const yes = { type: 'boolean', alias: 'y', default: false, describe: 'Do not ask' } as const
export const root = {
  type: 'string',
  requiresArg: true,
  value: 'DIR',
  path: true,
  describe: 'Work on the system unpacked in this directory instead of the running one',
} as const
export const dryRun = {
  type: 'boolean',
  default: false,
  describe: 'Show what would be done, and do nothing',
} as const
export const drive = {
  type: 'string',
  describe:
    'sr0, /dev/sr0, /dev/cdrom or any link to it; left out: the only one, or the only one with a disc of pktw',
} as const

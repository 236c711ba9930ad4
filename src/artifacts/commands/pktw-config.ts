// The command line of pktw: verbs for the settings.
import type { Verb } from './command.ts'
import { json } from './options.ts'

const settingsFile = {
  type: 'string',
  requiresArg: true,
  value: 'FILE',
  path: true,
  describe: 'Settings file; /etc/pktw/pktw.yaml by default',
} as const
const key = {
  type: 'string',
  demandOption: true,
  describe: 'A key with those that it is in: mount.where, media.cd-rw, drives[0].ignore',
} as const

export const configShow = {
  usage: 'config show',
  describe: 'The settings with every default filled in',
  positionals: {},
  options: { config: settingsFile, json },
  examples: [['$0 config show', 'what holds on this machine']],
} as const satisfies Verb

export const configGet = {
  usage: 'config get <key>',
  describe: 'One setting, or its default',
  positionals: { key },
  options: { config: settingsFile, json },
  examples: [['$0 config get mount.where', 'where discs are mounted']],
} as const satisfies Verb

export const configSet = {
  usage: 'config set <key> <value>',
  describe: 'Change one setting; comments and order of the file stay',
  more: [
    'The value is YAML. The file is written beside its place, synced and renamed, and only when all of it is good then.',
  ],
  positionals: {
    key,
    value: { type: 'string', demandOption: true, describe: 'The value as the file would have it' },
  },
  options: { config: settingsFile },
  examples: [
    ['sudo $0 config set mount.style fstab', 'then sudo pktw install'],
    ['sudo $0 config set mount.owner "{ uid: 1000, gid: 100 }"', 'more than a word'],
  ],
} as const satisfies Verb

export const configCheck = {
  usage: 'config check',
  describe: 'All that is wrong with the settings file',
  positionals: {},
  options: { config: settingsFile, json },
  examples: [['$0 config check --config new.yaml', 'before it is put in place']],
} as const satisfies Verb

export const configEdit = {
  usage: 'config edit',
  describe: 'Open the settings file in $EDITOR; nothing that is wrong is kept',
  positionals: {},
  options: { config: settingsFile },
  examples: [['sudo $0 config edit', 'as sudoedit and visudo do']],
} as const satisfies Verb

export const configSchema = {
  usage: 'config schema',
  describe: 'JSON Schema of the settings file, for editors',
  positionals: {},
  options: {},
  examples: [['$0 config schema > pktw.schema.json', 'for an editor']],
} as const satisfies Verb

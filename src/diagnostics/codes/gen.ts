// Diagnostics of the area "gen": making the files. Codes are stable: programs and the manual refer to them.
import type { CatalogueRow } from '../catalogue.ts'

export const genCodes = {
  'gen.template-missing': {
    severity: 'error',
    message: 'the template {template} is missing',
    remedy: 'Install pktw again; the templates belong beside the program.',
  },
  'gen.template-broken': {
    severity: 'error',
    message: 'the template {template} cannot be used: {reason}',
    remedy: 'Mend the template; docs/settings.md tells what a template may ask for.',
  },
  'gen.value-refused': {
    severity: 'error',
    message: '{value} {reason}, which {grammar} cannot hold (template {template})',
    remedy: 'Choose another value for this setting.',
  },
  'gen.unit-name-too-long': {
    severity: 'error',
    message: 'the mount point {where} makes a unit name longer than systemd takes',
    remedy:
      'Choose a shorter path for mount.where; characters other than letters and digits count four times.',
  },
  'gen.usage': {
    severity: 'error',
    message: '{reason}',
    remedy: 'pktw-gen --help shows the verbs, pktw-gen VERB --help the options of one.',
  },
  'gen.failed': {
    severity: 'error',
    message: 'this should not happen: {reason}',
    remedy: 'Please report it, with the settings file and the command line.',
  },
  'gen.config-unreadable': {
    severity: 'error',
    message: '{file} cannot be read: {reason}',
    remedy: 'Give the path of a settings file with --config; without it the defaults are used.',
  },
  'gen.no-templates': {
    severity: 'error',
    message: '{directory} is not a directory of templates',
    remedy: 'Give the directory that udev/, systemd/ and so on are in, or leave --templates out.',
  },
  'gen.path-not-absolute': {
    severity: 'error',
    message: '{option} {path} is not an absolute path below /, without "." and ".." in it',
    remedy: 'It is written into rules and units, which know no current directory.',
  },
  'gen.layout-unknown': {
    severity: 'error',
    message: 'there is no layout {layout}',
    remedy: 'They are {layouts}.',
  },
  'gen.no-pkg-config': {
    severity: 'error',
    message: 'pkg-config is not installed',
    remedy:
      'Install the package pkgconf, or give the directories themselves: --udevdir, --unitdir and so on.',
  },
  'gen.pkg-config-missing': {
    severity: 'error',
    message: '{module}.pc does not say where files go: {reason}',
    remedy: 'Install {package}, or give {option}.',
  },
  'gen.bad-epoch': {
    severity: 'error',
    message: 'SOURCE_DATE_EPOCH={value} is not a number of seconds since 1970',
    remedy: 'Set it as date +%s prints it, or not at all: the date is that of the release then.',
  },
  'gen.tree-how': {
    severity: 'error',
    message: 'pktw-gen tree needs one of --destdir, --diff and --check',
    remedy: 'Write below a directory with --destdir DIR, or compare with one: --diff DIR, --check DIR.',
  },
  'gen.compare-failed': {
    severity: 'error',
    message: '{path} cannot be compared: {reason}',
    remedy:
      'Give a directory that you may read; some of /etc and /usr/share/polkit-1/rules.d is for root alone.',
  },
  'gen.compare-unread': {
    severity: 'warning',
    message: 'whether {path} is left from other settings is not known: you may not look there',
    remedy: 'Ask again as root.',
  },
  'gen.write-failed': {
    severity: 'error',
    message: '{path} cannot be written: {reason}',
    remedy: 'Give a directory of your own with --destdir or --out.',
  },
  'gen.kind-unknown': {
    severity: 'error',
    message: 'there is no artifact {kind}',
    remedy: '{hint} pktw-gen list tells what each is for.',
  },
  'gen.file-unknown': {
    severity: 'error',
    message: 'the settings make no file {name}',
    remedy: '{hint} A path, the name of a file or of a kind will do.',
  },
  'gen.template-useless': {
    severity: 'warning',
    message: '{file} takes the place of no template',
    remedy: 'Give it the path that the template has in templates/.{hint}',
  },
  'gen.kind-not-made': {
    severity: 'error',
    message: 'the settings do not ask for a {kind}',
    remedy: 'pktw-gen list shows what they ask for.',
  },
  'gen.package-value': {
    severity: 'error',
    message: '{reason}',
    remedy: 'Give another value: --maintainer, --os-id, --os-version, a directory or a setting.',
  },
  'gen.directory-unnamed': {
    severity: 'error',
    message: '{option} is given, and has no value',
    remedy: 'Give the name of a directory; a variable of a script may be empty. / is the whole machine.',
  },
  'gen.extension-version': {
    severity: 'warning',
    message: 'an extension for {id} of no version is taken only by systems that have no VERSION_ID',
    remedy: 'Give --os-version, as VERSION_ID has it in their os-release, unless {id} is a rolling release.',
  },
  'gen.outside-extension': {
    severity: 'error',
    message: '{path} is neither below /usr nor below /etc, which is all that an extension can have',
    remedy: 'Choose a layout and directories that are below /usr and /etc.',
  },
  'gen.no-builder': {
    severity: 'error',
    message:
      'the files for {format} are written; {product} is not made of them, as {programs} is not installed',
    remedy: 'Install {package} and run the same again, or say --no-build if the files are all you want.',
  },
  'gen.builder-failed': {
    severity: 'error',
    message: '{program} made no package: {reason}',
    remedy: 'The files that it was given are below --out.',
  },
  'gen.check-udev': {
    severity: 'error',
    message: 'udevadm verify: {message}',
    remedy: 'Mend the template, or the setting {setting}.',
  },
  'gen.check-unit': {
    severity: 'error',
    message: 'systemd-analyze verify: {message}',
    remedy: 'Mend the template, or the setting {setting}.',
  },
  'gen.check-fstab': {
    severity: 'error',
    message: 'findmnt --verify: {message}',
    remedy: 'Mend the template, or the setting {setting}.',
  },
  'gen.check-polkit': {
    severity: 'error',
    message: 'xmllint: {message}',
    remedy: 'Mend the template; polkit ignores a policy that does not keep to its DTD.',
  },
  'gen.check-file': {
    severity: 'error',
    message: '{tool}: {message}',
    remedy: 'Mend the template, or the setting {setting}.',
  },
  'gen.check-package': { severity: 'error', message: '{tool}: {message}', remedy: 'Mend the template.' },
  'gen.check-missing': {
    severity: 'warning',
    message: '{kind} comes from another template and is not checked: {reason}',
    remedy: 'Have pktw-gen check look at it where the tool is, or install it.',
  },
  'gen.check-skipped': {
    severity: 'info',
    message: '{kind} not checked: {reason}',
  },
} as const satisfies Record<string, CatalogueRow>

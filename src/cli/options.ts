// The options of each verb, as yargs gives them.

export interface InstallOptions {
  root: string | undefined
  dryRun: boolean
  mount: string | undefined
  where: string | undefined
  config: string | undefined
  node: string | undefined
  overwrite: boolean
  diff: boolean
  json: boolean
  yes: boolean
}

export interface UninstallOptions {
  root: string | undefined
  dryRun: boolean
  json: boolean
  yes: boolean
}

export interface StatusOptions {
  drive: string | undefined
  json: boolean
  /** Seconds as they were typed; empty for the usual ones. */
  watch: string | undefined
}

export interface StatsOptions extends DriveOptions {
  json: boolean
}

export interface DriveOptions {
  drive: string | undefined
}

export interface PrepareOptions extends DriveOptions {
  label: string | undefined
  full: boolean
  erase: boolean
  wait: boolean
  cancel: boolean
  dryRun: boolean
  json: boolean
}

export interface EjectOptions extends DriveOptions {
  force: boolean
  yes: boolean
}

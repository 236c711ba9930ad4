// What can be done to a machine, as values. run.ts has a performer for each: the compiler finds the missing one.

/** What a path has to be when all is done. */
export type Expected =
  | { path: string; is: 'file'; sha256: string; mode?: number }
  | { path: string; is: 'symlink'; target: string }
  | { path: string; is: 'directory' }
  | { path: string; is: 'absent' }
  /** Lines of fstab, as in fstab.ts. */
  | { path: string; is: 'fstab'; has: string[] }

/** Step → what it needs. Paths are absolute, as seen from inside the root. */
export interface StepArgs {
  /** Stops loaded units by pattern: discs are unmounted, flushed and let go. Nothing is changed if it fails. */
  stopUnits: { patterns: string[] }
  /** What a run that was killed left at a temporary name. Cannot be undone, and need not be. */
  removeLeftover: { path: string; directory: boolean }
  /** The manifest with the directories above it that are missing, outermost first: all of it at once. */
  begin: { directories: string[]; bytes: Uint8Array; about: string }
  makeDirectory: { path: string; mode: number; about: string }
  /**
   * `create`: nothing is there. `replace`: a file is. It becomes root's, since root runs most of them, whoever's the file
   * before was; `keepOwner` is for the one that people edit.
   */
  writeFile: {
    path: string
    mode: number
    bytes: Uint8Array
    change: 'create' | 'replace'
    about: string
    keepOwner?: true
  }
  makeSymlink: { path: string; target: string; about: string }
  /** Copies a file with its mode and owner. */
  backUp: { path: string; backup: string }
  /** Puts a backup in the place of the file. `sha256`: of the backup. */
  restore: { path: string; backup: string; sha256: string }
  /** Lines as in fstab.ts (Latin-1). `removeIfEmpty`: install had made the file. */
  editFstab: { path: string; add: string[]; remove: string[]; removeIfEmpty: boolean }
  /** A file or a link. */
  removeFile: { path: string }
  /** The manifest, and those of its directories (outermost first) that have nothing else in them: all of it at once. */
  end: { directories: string[] }
  /** Only if it is empty by then; otherwise somebody else uses it, and it stays. */
  removeDirectory: { path: string }
  /** Volatile state below /run. Cannot be undone. */
  removeRuntime: { path: string }
  /** What the engine keeps of discs, unless something in it is not on its disc yet. Cannot be undone. */
  removeDiscState: { path: string }
  /** Looks whether what is there is what was planned; nothing is changed. */
  verify: { expected: Expected[] }
  /** SELinux labels as the policy has them. */
  restoreLabels: { paths: string[] }
  /** Groups that are not there, by the sysusers.d file. */
  createGroups: { path: string; names: string[] }
  removeGroup: { name: string; gid: string }
  createTmpfiles: { path: string }
  loadModules: { names: string[] }
  reloadSystemd: Record<never, never>
  reloadBus: Record<never, never>
  reloadUdev: Record<never, never>
  /** Drives whose block device the rule has made read-only, as the kernel had them. */
  giveBackDrives: Record<never, never>
  /** Lets udev look at every optical drive again, and waits: picks up a disc that is already in. */
  triggerDrives: Record<never, never>
}

export type StepName = keyof StepArgs
export type StepOf<K extends StepName> = { do: K } & StepArgs[K]
export type Step = { [K in StepName]: StepOf<K> }[StepName]

// /proc/PID/mountinfo (proc_pid_mountinfo(5)) as values.

export interface Mount {
  /** `major:minor` of the file system's device. */
  device: string
  target: string
  type: string
  source: string
  options: string[]
  /** Those of the file system itself: uid=, gid=, … */
  superOptions: string[]
}

const decodeOctal = (field: string): string =>
  field.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))

/** Parses the text of mountinfo; lines it does not understand are left out. Targets have their escapes decoded. */
export function parseMountinfo(text: string): Mount[] {
  const mounts: Mount[] = []
  for (const line of text.split('\n')) {
    const [left, right] = line.split(' - ')
    if (left === undefined || right === undefined) continue
    const fields = left.split(' ')
    const [type, source, superOptions] = right.split(' ')
    if (fields.length < 6 || type === undefined || source === undefined) continue
    mounts.push({
      device: fields[2] as string,
      target: decodeOctal(fields[4] as string),
      type,
      source: decodeOctal(source),
      options: (fields[5] as string).split(','),
      superOptions: (superOptions ?? '').split(','),
    })
  }
  return mounts
}

// Which rewritable medium is in a drive, as udev has it: for who does not ask the drive.

/** MMC profile of the medium by the name that cdrom_id has for it. */
const profiles: Record<string, number> = {
  ID_CDROM_MEDIA_CD_RW: 0x0a,
  ID_CDROM_MEDIA_DVD_RAM: 0x12,
  ID_CDROM_MEDIA_DVD_RW_RO: 0x13,
  ID_CDROM_MEDIA_DVD_RW_SEQ: 0x14,
  ID_CDROM_MEDIA_DVD_PLUS_RW: 0x1a,
  ID_CDROM_MEDIA_BD_RE: 0x43,
}

/** By udev's properties of the drive. Undefined for what is not rewritable. */
export function rewritableProfile(properties: Record<string, string>): number | undefined {
  const name = Object.keys(profiles).find((key) => properties[key] === '1')
  return name === undefined ? undefined : profiles[name]
}

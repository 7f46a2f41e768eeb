const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission is denied',
  EPERM: 'permission is denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOTDIR: 'a part of the path is no directory',
  EEXIST: 'it is no directory',
  ENOENT: 'no file or directory can be made there',
};

/** Why a file or directory cannot be made or written, in words; what the system said when it is none of the usual. */
export function whyNotWritten(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException).code ?? '';
  return REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause));
}

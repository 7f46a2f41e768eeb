import { GLOBAL_OPTIONS } from '../framework/index.ts';
import type { CommandSpec, OptionSpec } from '../framework/index.ts';
import { argumentWords, globalsWithValue, optionsFor, spellings } from './words.ts';

/** For a file `_mainstay` in a directory of `$fpath`, or `eval "$(mainstay completion zsh)"`. */
export function zsh(commands: readonly CommandSpec[]): string {
  const cases = commands.map((command) => {
    const { words, names: kind } = argumentWords(command.arguments, commands);
    const names = kind === null ? '' : `\n      names+=(\${(f)"$(mainstay $where completion ${kind} 2>/dev/null)"})`;
    return `    ${command.name})\n      options=(${optionsFor(command).flatMap(described).join(' ')})\n      names=(${words.map(quote).join(' ')})${names}\n      ;;\n`;
  });
  const list = commands.map(({ name, summary }) => quote(`${name}:${summary}`));
  return `#compdef mainstay
# Completion of mainstay for zsh.
_mainstay() {
  local command= i
  local -a options names commands where
  commands=(${list.join(' ')})
  for ((i = 2; i < CURRENT; i++)); do
    case $words[i] in
      ${globalsWithValue().join('|')})
        where+=($words[i] $words[i+1])
        ((i++))
        ;;
      -*) ;;
      *)
        command=$words[i]
        break
        ;;
    esac
  done
  case $words[CURRENT-1] in
    --file|--state-dir)
      _files
      return
      ;;
  esac
  case $command in
    '')
      options=(${GLOBAL_OPTIONS.flatMap(described).join(' ')})
      ;;
${cases.join('')}  esac
  if [[ $words[CURRENT] == -* ]]; then
    _describe option options
  elif [[ -z $command ]]; then
    _describe command commands
  else
    compadd -a names
  fi
}
if [[ $funcstack[1] == _mainstay ]]; then
  _mainstay "$@"
else
  compdef _mainstay mainstay
fi
`;
}

const described = (option: OptionSpec): string[] =>
  spellings(option).map((spelling) => quote(`${spelling}:${option.summary}`));

const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

import { GLOBAL_OPTIONS } from '../framework/index.ts';
import type { CommandSpec } from '../framework/index.ts';
import { argumentWords, globalsWithValue, optionsFor, spellings } from './words.ts';

/** For `eval "$(mainstay completion bash)"` in ~/.bashrc. */
export function bash(commands: readonly CommandSpec[]): string {
  const cases = commands.map((command) => {
    const { words, names: kind } = argumentWords(command.arguments, commands);
    const options = optionsFor(command).flatMap(spellings).join(' ');
    const names = kind === null ? '' : ` $(mainstay "\${where[@]}" completion ${kind} 2>/dev/null)`;
    return `    ${command.name})\n      options='${options}'\n      words="${words.join(' ')}${names}"\n      ;;\n`;
  });
  return `# Completion of mainstay for bash: eval "$(mainstay completion bash)"
_mainstay() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} command= options words i
  local -a where=()
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${globalsWithValue().join('|')})
        where+=("\${COMP_WORDS[i]}" "\${COMP_WORDS[i + 1]}")
        ((i++))
        ;;
      -*) ;;
      *)
        command=\${COMP_WORDS[i]}
        break
        ;;
    esac
  done
  case $previous in
    --file|--state-dir)
      COMPREPLY=($(compgen -f -- "$current"))
      return
      ;;
  esac
  case $command in
    '')
      options='${GLOBAL_OPTIONS.flatMap(spellings).join(' ')}'
      words='${commands.map(({ name }) => name).join(' ')}'
      ;;
${cases.join('')}  esac
  case $current in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
}
complete -o default -F _mainstay mainstay
`;
}

import { Trans, useLingui } from '@lingui/react/macro';
import { LANGUAGES, type Language, language, setLanguage } from '../app/language';
import { tell } from '../app/notice';
import { contrast, scheme, setContrast, setScheme } from '../app/theme';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { NO_ANSWER } from '../words/refusals';

/** Language, light or dark, more contrast. */
export function Appearance() {
  const { t } = useLingui();
  const chosen = useStore(scheme);
  const more = useStore(contrast) === 'more';
  const spoken = useStore(language);
  const choices = [
    { id: 'auto', name: t`Podle zařízení` },
    { id: 'light', name: t`Světlý` },
    { id: 'dark', name: t`Tmavý` },
  ] as const;
  return (
    <section className="panel">
      <header>
        <h2>
          <Trans>Vzhled a jazyk</Trans>
        </h2>
      </header>
      <fieldset className="account-body" aria-label={t`Vzhled`}>
        {choices.map((choice) => (
          <Button
            key={choice.id}
            pressed={chosen === choice.id}
            onPress={() => setScheme(choice.id)}
            testId={`scheme-${choice.id}`}
          >
            {choice.name}
          </Button>
        ))}
        <label className="check">
          <input
            type="checkbox"
            checked={more}
            onChange={(event) => setContrast(event.target.checked ? 'more' : 'auto')}
            data-testid="contrast"
          />
          {t`Vysoký kontrast`}
        </label>
      </fieldset>
      <fieldset className="account-body" aria-label={t`Jazyk`}>
        {(Object.keys(LANGUAGES) as Language[]).map((each) => (
          <Button
            key={each}
            pressed={spoken === each}
            onPress={() => void setLanguage(each).catch(() => tell(NO_ANSWER))}
            testId={`language-${each}`}
          >
            <span lang={each}>{LANGUAGES[each].name}</span>
          </Button>
        ))}
      </fieldset>
    </section>
  );
}

import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import './ui/panels.css';
import './ui/contrast.css';
import './ui/print.css';
import './sign-in/sign-in.css';
import './app/shell.css';
import { i18n } from '@lingui/core';
import { I18nProvider } from '@lingui/react';
import { StrictMode } from 'react';
import { I18nProvider as AriaLocale } from 'react-aria-components';
import { createRoot } from 'react-dom/client';
import { Boundary } from './app/Boundary';
import { beginLanguage, LANGUAGES, language } from './app/language';
import { Root } from './app/Root';
import { findSession } from './app/session';
import { applyTheme } from './app/theme';
import { registerServiceWorker } from './app/update';
import { useStore } from './live/store';

function App() {
  const chosen = useStore(language);
  return (
    <I18nProvider i18n={i18n}>
      <AriaLocale locale={LANGUAGES[chosen].aria}>
        <Boundary>
          <Root />
        </Boundary>
      </AriaLocale>
    </I18nProvider>
  );
}

applyTheme();
void findSession();
void beginLanguage().then(() => {
  createRoot(document.getElementById('root') as HTMLElement).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
});
registerServiceWorker();

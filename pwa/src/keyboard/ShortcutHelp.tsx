import { Trans, useLingui } from '@lingui/react/macro';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useStore } from '../live/store';
import { Button } from '../ui/Button';
import { bindings, helpOpen, SHORTCUTS } from './shortcuts';

export function ShortcutHelp() {
  const { i18n, t } = useLingui();
  const open = useStore(helpOpen);
  useStore(bindings);
  return (
    <ModalOverlay className="overlay" isOpen={open} onOpenChange={(now) => helpOpen.set(now)} isDismissable>
      <Modal>
        <Dialog className="dialog" data-testid="help">
          <Heading slot="title" level={2}>
            <Trans>Klávesové zkratky</Trans>
          </Heading>
          <dl className="keys">
            <div>
              <dt>{t`Najít a udělat cokoli`}</dt>
              <dd>
                <kbd className="key">Ctrl+K</kbd>
              </dd>
            </div>
            {Object.values(SHORTCUTS).map((shortcut) => (
              <div key={shortcut.code}>
                <dt>{i18n._(shortcut.what)}</dt>
                <dd>
                  <kbd className="key">{shortcut.keys || '–'}</kbd>
                </dd>
              </div>
            ))}
            <div>
              <dt>{t`Kontakt podle pořadí v seznamu`}</dt>
              <dd>
                <kbd className="key">Alt+1</kbd> – <kbd className="key">Alt+9</kbd>
              </dd>
            </div>
            <div>
              <dt>{t`Uložit poznámku`}</dt>
              <dd>
                <kbd className="key">Ctrl+Enter</kbd>
              </dd>
            </div>
            <div>
              <dt>{t`Příposlech: poslouchat, našeptávat, vstoupit`}</dt>
              <dd>
                <kbd className="key">1</kbd> <kbd className="key">2</kbd> <kbd className="key">3</kbd>
              </dd>
            </div>
            <div>
              <dt>{t`Tato nápověda`}</dt>
              <dd>
                <kbd className="key">?</kbd>
              </dd>
            </div>
          </dl>
          <p className="quiet small">
            <Trans>Zkratky jdou změnit i vypnout na stránce s vaším jménem.</Trans>
          </p>
          <Button tone="primary" onPress={() => helpOpen.set(false)}>{t`Zavřít`}</Button>
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

import { useLingui } from '@lingui/react/macro';
import { useNavigate } from '@tanstack/react-router';
import { Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Store, useStore } from '../live/store';
import { Finder } from './Finder';

export const paletteOpen = new Store(false);

/** The search for clients from anywhere; a call goes on beside it. */
export function Palette() {
  const { t } = useLingui();
  const open = useStore(paletteOpen);
  const navigate = useNavigate();
  const close = () => paletteOpen.set(false);
  return (
    <ModalOverlay className="overlay palette" isOpen={open} onOpenChange={(now) => paletteOpen.set(now)} isDismissable>
      <Modal>
        <Dialog className="dialog" data-testid="palette">
          <Heading slot="title" level={2} className="unseen">{t`Hledat klienta`}</Heading>
          <Finder
            act={t`otevřít`}
            autoFocus
            onClose={close}
            onPick={(client) => {
              close();
              void navigate({ to: '/clients/$client', params: { client: String(client.id) } });
            }}
          />
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

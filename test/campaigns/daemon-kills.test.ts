import { smallCampaign } from './small.ts';

smallCampaign('daemon-kills');

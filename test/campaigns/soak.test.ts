import { smallCampaign } from './small.ts';

smallCampaign('soak');

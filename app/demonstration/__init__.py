"""Who could have used a product for some weeks, so that there is something to look at? Made up, and labelled so."""

"""The report as one page in HTML that needs no network.

`page` collects its parts from a run, and a template puts them together. Numbers, bars and pictures are in the HTML.
The findings and the histories of work requests are data, which two scripts show, filter and sort.
"""

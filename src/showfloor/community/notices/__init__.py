"""Notice-and-action (Regulation (EU) 2022/2065, Art. 12, 16, 17, 20): anybody says that something
is illegal, a person decides, both sides hear the reasons and may complain."""
